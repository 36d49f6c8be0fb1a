using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster;

namespace Actors.Cluster;

/// <summary>
/// <c>/user/ledger</c>: keeps the <see cref="LedgerBook"/> of this node and its peers in step, and has VMs started again that nobody runs. For each of them that is the
/// oldest member's duty, its last owner left out; it repeats until the ledger says that somebody does.
/// </summary>
internal sealed partial class VmLedger : UntypedActor, IWithTimers
{
    private const int MaxRevivalsATick = 1000;

    /// <summary>Names of removed nodes that are remembered, for late news of them.</summary>
    private const int MaxGone = 10_000;

    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CountsPeriod = TimeSpan.FromSeconds(1);

    /// <summary>Ticks until a lot, or a revival, is said again.</summary>
    private const int PatienceInTicks = 6;

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly LedgerPeers _peers = new();
    private readonly SortedSet<Member> _members = new(Member.AgeOrdering);
    private readonly HashSet<string> _gone = [];
    private readonly Dictionary<int, long> _revivedAt = [];
    private readonly List<VmEntry> _lot = [];
    private readonly List<IActorRef> _draining = [];
    private readonly LedgerBook _book;
    private readonly IVmCountsSource _counts;
    private readonly TimeProvider _clock;
    private readonly string _self;
    private IActorRef _region = ActorRefs.Nobody;
    private bool _isFlushing;
    private long _ticks;

    public VmLedger(string self, IVmCountsSource counts, TimeProvider clock)
    {
        _self = self;
        _counts = counts;
        _clock = clock;
        _book = new LedgerBook(self);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Makes props.</summary>
    public static Props Props(string self, IVmCountsSource counts, TimeProvider clock) => Akka.Actor.Props.Create(() => new VmLedger(self, counts, clock));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TickPeriod);
        Timers.StartPeriodicTimer(nameof(CountsTick), CountsTick.Instance, CountsPeriod);
    }

    /// <inheritdoc/>
    protected override void PostStop() => _cluster.Unsubscribe(Self);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Write write:
                Record(write);
                break;
            case Learn learn:
                Learned(learn.Entry);
                break;
            case Find find:
                Sender.Tell(FoundOf(find.Vm), Self);
                break;
            case LedgerHop.Entries entries:
                Hear(entries);
                break;
            case LedgerHop.EntriesSeen seen:
                OnSeen(seen);
                break;
            case LedgerHop.Counts counts:
                foreach (var vm in counts.Vms)
                    _book.Hear(vm, _clock.GetTimestamp());
                break;
            case Flush:
                _isFlushing = false;
                SendLots();
                break;
            case Tick:
                OnTick();
                break;
            case CountsTick:
                SendCounts();
                break;
            case Region region:
                _region = region.Actor;
                break;
            case Drain:
                _draining.Add(Sender);
                SendLots();
                break;
            default:
                OnMember(message);
                break;
        }
    }

    private void OnMember(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberRemoved removed:
                Remove(removed.Member);
                break;
            case ClusterEvent.IMemberEvent changed:
                Add(changed.Member);
                break;
            case ClusterEvent.UnreachableMember { Member: var member }:
                SetReachable(member, false);
                break;
            case ClusterEvent.ReachableMember { Member: var member }:
                SetReachable(member, true);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Add(Member member)
    {
        _members.RemoveWhere(known => known.UniqueAddress.Equals(member.UniqueAddress));
        _members.Add(member);
        _gone.Remove(NameOf(member));
        if (!member.UniqueAddress.Equals(_cluster.SelfUniqueAddress) && _peers.Add(member.UniqueAddress, Context.ActorSelection(new RootActorPath(member.Address) / "user" / "ledger")))
            FlushSoon();
        if (member.Status != MemberStatus.Down)
            return;
        _peers.PutOut(member.UniqueAddress);
        TellRecorded();
    }

    private void Remove(Member member)
    {
        var name = NameOf(member);
        _members.RemoveWhere(known => known.UniqueAddress.Equals(member.UniqueAddress));
        _peers.Remove(member.UniqueAddress);
        if (_gone.Count >= MaxGone)
            _gone.Clear();
        if (_members.All(other => NameOf(other) != name))
            _gone.Add(name);
        if (name != _self)
            _book.Lose(name);
        TellRecorded();
    }

    private void SetReachable(Member member, bool isReachable)
    {
        _peers.SetReachable(member.UniqueAddress, isReachable);
        TellRecorded();
    }

    private void Record(Write write)
    {
        var version = _book.Record(write.Entry);
        if (version == 0)
        {
            if (write.IsAnswered)
                Sender.Tell(new Outdated(write.Entry.Fence), Self);
            return;
        }

        if (write.IsAnswered)
            _peers.Await(version, write.Entry, Sender);
        FlushSoon();
    }

    private Found FoundOf(VmId vm)
    {
        if (_book.Find(vm) is not { } row)
            return new Found(null, null);
        var age = row.CountedAt == 0 ? 0 : (int)Math.Min(_clock.GetElapsedTime(row.CountedAt).TotalMilliseconds, int.MaxValue);
        var loss = row.Entry.State switch
        {
            VmEntryState.Owned => new VmLoss(row.Entry.Fence, row.Entry.Node, age, row.Counts.Requests, row.Counts.BytesInFlight),
            VmEntryState.Vacant => new VmLoss(row.Entry.Fence, row.Entry.Node, 0, 0, 0),
            _ => null,
        };
        return new Found(row.Entry, loss);
    }

    private void Hear(LedgerHop.Entries entries)
    {
        if (entries.Peer != _cluster.SelfUniqueAddress.Uid)
            return;
        foreach (var entry in entries.Vms)
            Learned(entry);
        Sender.Tell(new LedgerHop.EntriesSeen(_self, _cluster.SelfUniqueAddress.Uid, entries.UpTo), Self);
    }

    private void Learned(VmEntry entry) => _book.Hear(entry, isMember: !_gone.Contains(entry.Node));

    private void OnSeen(LedgerHop.EntriesSeen seen)
    {
        if (_peers.Hear(seen) is { } peer)
            SendLot(peer);
        TellRecorded();
    }

    private void FlushSoon()
    {
        if (_isFlushing)
            return;
        _isFlushing = true;
        Self.Tell(Flush.Instance, Self);
    }

    private void SendLots()
    {
        foreach (var peer in _peers.All)
        {
            if (peer.Patience == 0)
                SendLot(peer);
        }

        TellRecorded();
    }

    private void SendLot(LedgerPeer peer)
    {
        var upTo = _book.NextLot(peer.Known, _lot);
        if (_lot.Count == 0)
        {
            peer.Known = upTo;
            return;
        }

        peer.Patience = PatienceInTicks;
        peer.Ledger.Tell(new LedgerHop.Entries(_self, peer.Uid, upTo, [.. _lot]), Self);
    }

    private void TellRecorded()
    {
        foreach (var known in _peers.TakeKnown())
            known.Owner.Tell(new Recorded(known.Fence, known.State), Self);
        if (_draining.Count == 0 || _peers.KnownByReachable < _book.Version)
            return;
        foreach (var asker in _draining)
            asker.Tell(Drained.Instance, Self);
        _draining.Clear();
    }

    private void OnTick()
    {
        _ticks++;
        foreach (var peer in _peers.All)
        {
            if (peer.Patience > 0 && --peer.Patience == 0)
                SendLot(peer);
        }

        Revive();
    }

    private void Revive()
    {
        if (_book.Orphans.Count == 0)
        {
            _revivedAt.Clear();
            return;
        }

        var sent = 0;
        foreach (var number in _book.Orphans)
        {
            var entry = _book.Find(new VmId(number))!.Entry;
            if (!IsMyDuty(entry) || (_revivedAt.TryGetValue(number, out var at) && _ticks - at < PatienceInTicks))
                continue;
            _revivedAt[number] = _ticks;
            _region.Tell(new LedgerHop.Revive(entry), Self);
            if (++sent == MaxRevivalsATick)
                return;
        }
    }

    private bool IsMyDuty(VmEntry entry)
    {
        foreach (var member in _members)
        {
            if (member.Status is MemberStatus.Up && (NameOf(member) != entry.Node || _members.Count == 1))
                return member.UniqueAddress.Equals(_cluster.SelfUniqueAddress);
        }

        return false;
    }

    private void SendCounts()
    {
        var changed = _counts.TakeChanged(_book.Owned());
        foreach (var lot in changed.Chunk(8192))
        {
            var message = new LedgerHop.Counts([.. lot]);
            foreach (var peer in _peers.All)
                peer.Ledger.Tell(message, Self);
        }
    }

    private static string NameOf(Member member) => $"{member.Address.Host}:{member.Address.Port}";
}
