using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster;

namespace Actors.Cluster;

/// <summary>
/// <c>/user/ledger</c>: keeps the <see cref="LedgerBook"/> of this node and its peers in step, and has VMs started again that nobody runs. For each of them that is the
/// oldest member's duty, its last owner left out; it repeats until the ledger says that somebody does.
/// </summary>
internal sealed class VmLedger : UntypedActor, IWithTimers
{
    private const int MaxRevivalsATick = 1000;

    /// <summary>Names of removed nodes that are remembered, for late news of them.</summary>
    private const int MaxGone = 10_000;

    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CountsPeriod = TimeSpan.FromSeconds(1);

    /// <summary>Ticks until a lot, or a revival, is said again.</summary>
    private const int PatienceInTicks = 6;

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<UniqueAddress, Peer> _peers = [];
    private readonly SortedSet<Member> _members = new(Member.AgeOrdering);
    private readonly HashSet<string> _gone = [];
    private readonly Queue<(long Version, FencingToken Fence, IActorRef Owner)> _unrecorded = [];
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
            case VmEntry entry:
                Record(entry);
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
        if (!member.UniqueAddress.Equals(_cluster.SelfUniqueAddress) && !_peers.ContainsKey(member.UniqueAddress))
        {
            var ledger = Context.ActorSelection(new RootActorPath(member.Address) / "user" / "ledger");
            _peers.Add(member.UniqueAddress, new Peer(member.UniqueAddress.Uid, ledger));
            FlushSoon();
        }
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
        if (_peers.TryGetValue(member.UniqueAddress, out var peer))
            peer.IsReachable = isReachable;
        TellRecorded();
    }

    private void Record(VmEntry entry)
    {
        var version = _book.Record(entry);
        if (version == 0)
            return;
        if (entry.State == VmEntryState.Owned)
            _unrecorded.Enqueue((version, entry.Fence, Sender));
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
            _book.Hear(entry, isMember: !_gone.Contains(entry.Node));
        Sender.Tell(new LedgerHop.EntriesSeen(_self, _cluster.SelfUniqueAddress.Uid, entries.UpTo), Self);
    }

    private void OnSeen(LedgerHop.EntriesSeen seen)
    {
        foreach (var peer in _peers.Values)
        {
            if (peer.Uid != seen.Peer || seen.UpTo <= peer.Known)
                continue;
            peer.Known = seen.UpTo;
            peer.Patience = 0;
            SendLot(peer);
        }

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
        foreach (var peer in _peers.Values)
        {
            if (peer.Patience == 0)
                SendLot(peer);
        }

        TellRecorded();
    }

    private void SendLot(Peer peer)
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
        if (_unrecorded.Count == 0 && _draining.Count == 0)
            return;
        var known = long.MaxValue;
        foreach (var peer in _peers.Values)
        {
            if (peer.IsReachable)
                known = Math.Min(known, peer.Known);
        }

        while (_unrecorded.TryPeek(out var first) && first.Version <= known)
        {
            _unrecorded.Dequeue();
            first.Owner.Tell(new Recorded(first.Fence), Self);
        }

        if (known < _book.Version)
            return;
        foreach (var asker in _draining)
            asker.Tell(Drained.Instance, Self);
        _draining.Clear();
    }

    private void OnTick()
    {
        _ticks++;
        foreach (var peer in _peers.Values)
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
            foreach (var peer in _peers.Values)
                peer.Ledger.Tell(message, Self);
        }
    }

    private static string NameOf(Member member) => $"{member.Address.Host}:{member.Address.Port}";

    /// <summary>From an owner: what is known of its VM?</summary>
    internal sealed record Find(VmId Vm);

    /// <summary>What is known.</summary>
    internal sealed record Found(VmEntry? Entry, VmLoss? Loss);

    /// <summary>To an owner: every node that can be reached knows of its incarnation.</summary>
    internal sealed record Recorded(FencingToken Fence);

    /// <summary>Where owners are reached.</summary>
    internal sealed record Region(IActorRef Actor);

    /// <summary>Answered by <see cref="Drained"/> as soon as every peer that can be reached knows everything.</summary>
    internal sealed class Drain
    {
        /// <summary>The one there is.</summary>
        public static readonly Drain Instance = new();
    }

    /// <summary>Every peer that can be reached knows everything.</summary>
    internal sealed class Drained
    {
        /// <summary>The one there is.</summary>
        public static readonly Drained Instance = new();
    }

    private sealed class Flush
    {
        public static readonly Flush Instance = new();
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }

    private sealed class CountsTick
    {
        public static readonly CountsTick Instance = new();
    }

    private sealed class Peer(int uid, ActorSelection ledger)
    {
        public int Uid { get; } = uid;

        public ActorSelection Ledger { get; } = ledger;

        public long Known { get; set; }

        /// <summary>Ticks until the lot on its way is sent again; 0: none is.</summary>
        public int Patience { get; set; }

        public bool IsReachable { get; set; } = true;
    }
}

/// <summary>Tells what VMs have in flight.</summary>
internal interface IVmCountsSource
{
    /// <summary>Of these VMs, those whose counts changed since the last call.</summary>
    IReadOnlyList<VmCounts> TakeChanged(IEnumerable<VmEntry> owned);
}
