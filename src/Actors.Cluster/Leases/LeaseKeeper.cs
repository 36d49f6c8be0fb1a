using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;

namespace Actors.Cluster;

/// <summary>
/// <c>/user/leases</c>: keeps the node's <see cref="NodeLease"/>, and answers other nodes'. Runs on the dispatcher of Akka's heartbeats, so that busy VMs don't cost the node its lease.
/// Supervision: restarted; the book and who waits are kept.
/// </summary>
internal sealed class LeaseKeeper : UntypedActor, IWithTimers, ILeaseEffects
{
    /// <summary>How the warning begins that ports wait.</summary>
    internal const string Withholds = "no majority of the nodes has answered for";

    private static readonly TimeSpan SettleDelay = TimeSpan.FromMilliseconds(100);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<int, Peer> _peers = [];
    private readonly Queue<(object Ask, IActorRef Asker)> _waiting;
    private readonly LeaseTimes _times;
    private readonly LeaseBook _book;
    private readonly int _self;
    private ILoggingAdapter? _log;
    private (bool IsOut, long Calls) _told;

    private LeaseKeeper(LeaseTimes times, Func<int, ILeaseEffects, LeaseBook> open, Queue<(object Ask, IActorRef Asker)> waiting)
    {
        _times = times;
        _self = _cluster.SelfUniqueAddress.Uid;
        _book = open(_self, this);
        _waiting = waiting;
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private ILoggingAdapter Log => _log ??= Context.GetLogger();

    /// <summary>Makes props.</summary>
    public static Props Props(NodeLease lease, LeaseTimes times, TimeProvider clock) =>
        Akka.Actor.Props.CreateBy(new Producer(lease, times, clock)).WithDispatcher("akka.actor.internal-dispatcher");

    /// <inheritdoc/>
    public void Send(int node, object message)
    {
        if (_peers.TryGetValue(node, out var peer))
            peer.Keeper.Tell(message, Self);
    }

    /// <inheritdoc/>
    public void Settled()
    {
        Timers.Cancel(SettleTick.Instance);
        while (_waiting.TryDequeue(out var waiting))
            waiting.Asker.Tell(waiting.Ask, Self);
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Timers.StartPeriodicTimer(RenewTick.Instance, RenewTick.Instance, _times.Interval);
    }

    /// <inheritdoc/>
    protected override void PostStop() => _cluster.Unsubscribe(Self);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RenewTick:
                _book.Renew();
                TellState();
                break;
            case SettleTick:
                _book.Settle();
                break;
            case WhenSettled ask when _book.IsSettled:
                Sender.Tell(ask.Ask, Self);
                break;
            case WhenSettled ask:
                _waiting.Enqueue((ask.Ask, Sender));
                break;
            case ClusterEvent.IMemberEvent happened:
                OnMember(happened);
                break;
            case ClusterEvent.UnreachableMember { Member: var member }:
                SetReachable(member, false);
                break;
            case ClusterEvent.ReachableMember { Member: var member }:
                SetReachable(member, true);
                break;
            case LeaseHop.Renew or LeaseHop.Granted or LeaseHop.Settle or LeaseHop.Settled:
                _book.Hear(message);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnMember(ClusterEvent.IMemberEvent happened)
    {
        var member = happened.Member;
        var uid = member.UniqueAddress.Uid;
        var isLost = happened is ClusterEvent.MemberDowned or ClusterEvent.MemberRemoved { PreviousStatus: MemberStatus.Down };
        if (happened is ClusterEvent.MemberRemoved)
            _peers.Remove(uid);
        else if (_peers.TryGetValue(uid, out var peer))
            peer.Member = member;
        else
            _peers.Add(uid, new Peer(member, Context.ActorSelection(new RootActorPath(member.Address) / "user" / "leases")));

        if (uid == _self && (isLost || happened is ClusterEvent.MemberRemoved))
            _book.Revoke();
        else if (isLost)
            Lose(uid);
        Reckon();
    }

    private void Lose(int uid)
    {
        _book.Lose(uid);
        if (!_book.IsSettled && !Timers.IsTimerActive(SettleTick.Instance))
            Timers.StartPeriodicTimer(SettleTick.Instance, SettleTick.Instance, SettleDelay);
    }

    private void SetReachable(Member member, bool isReachable)
    {
        if (_peers.TryGetValue(member.UniqueAddress.Uid, out var peer))
            peer.IsReachable = isReachable;
        Reckon();
    }

    /// <summary>Who isn't up yet owns nothing, and nobody counts on it.</summary>
    private void Reckon()
    {
        var members = _peers.Values.Where(static peer => peer.Member.Status is MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Exiting or MemberStatus.Down)
            .OrderBy(static peer => peer.Member, Comparer<Member>.Create(static (one, other) => Member.AddressOrdering.Compare(one.Address, other.Address))).ToArray();
        _book.SetMembers(
            [.. members.Select(static peer => peer.Member.UniqueAddress.Uid)],
            [.. members.Where(static peer => peer.IsReachable && peer.Member.Status != MemberStatus.Down).Select(static peer => peer.Member.UniqueAddress.Uid)]);
    }

    /// <summary>Said once when it matters, and once when it is over.</summary>
    private void TellState()
    {
        var isOut = !_book.Lease.Holds && _book.Lease.Waiting > 0;
        if (isOut == _told.IsOut)
            return;
        var calls = _book.Lease.HeldCalls;
        if (isOut)
            Log.Warning(Withholds + " {0}: {1} ports to backends without tokens wait until it does", _times.Length, _book.Lease.Waiting);
        else
            Log.Info("a majority of the nodes answers again: ports go on; {0} reads and writes had to wait", calls - _told.Calls);
        _told = (isOut, calls);
    }

    /// <summary>From who is about to let VMs begin here: given back when no lost node can have a lease any more.</summary>
    internal sealed record WhenSettled(object Ask);

    private sealed class RenewTick
    {
        public static readonly RenewTick Instance = new();
    }

    private sealed class SettleTick
    {
        public static readonly SettleTick Instance = new();
    }

    private sealed class Peer(Member member, ActorSelection keeper)
    {
        public Member Member { get; set; } = member;

        public ActorSelection Keeper { get; } = keeper;

        public bool IsReachable { get; set; } = true;
    }

    private sealed class Producer(NodeLease lease, LeaseTimes times, TimeProvider clock) : IIndirectActorProducer
    {
        public Type ActorType => typeof(LeaseKeeper);

        private readonly Queue<(object Ask, IActorRef Asker)> _waiting = [];
        private LeaseBook? _book;

        public ActorBase Produce() => new LeaseKeeper(times, Open, _waiting);

        public void Release(ActorBase actor)
        {
        }

        private LeaseBook Open(int self, ILeaseEffects effects)
        {
            _book ??= new LeaseBook(self, lease, times, clock) { Effects = effects };
            _book.Effects = effects;
            return _book;
        }
    }
}
