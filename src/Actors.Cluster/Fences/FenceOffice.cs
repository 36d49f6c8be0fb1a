using Actors.DeviceModel;
using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster;
using Akka.DistributedData;

namespace Actors.Cluster;

/// <summary>
/// <c>/user/fences</c>: gives tokens to the VMs of this node. When a shard has come here it raises the shard's register, with a read from and a write to a majority
/// of nodes; from then on it only counts, until the shard is another one. Who can't reach a majority gets no token, and its VMs wait. So they do while a lost node may still have a
/// lease, and use what knows no tokens. Beyond the calendar, where a backend remembers more than the cluster, tokens are given under the node's own lease only (<see cref="FenceRegister"/>).
/// </summary>
internal sealed class FenceOffice : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(300);

    private readonly Dictionary<IActorRef, Home> _homes = [];
    private readonly TimeProvider _clock;
    private readonly UniqueAddress _self;
    private readonly IActorRef _replicator;
    private readonly IActorRef _leases;
    private readonly IOwnerLease _lease;

    public FenceOffice(TimeProvider clock, IActorRef leases, IOwnerLease lease)
    {
        _clock = clock;
        _leases = leases;
        _lease = lease;
        _self = Akka.Cluster.Cluster.Get(Context.System).SelfUniqueAddress;
        _replicator = DistributedData.Get(Context.System).Replicator;
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Makes props.</summary>
    /// <param name="clock">The calendar.</param>
    /// <param name="leases">Knows when no lost node has a lease any more.</param>
    /// <param name="lease">The node's own.</param>
    public static Props Props(TimeProvider clock, IActorRef leases, IOwnerLease lease) => Akka.Actor.Props.Create(() => new FenceOffice(clock, leases, lease));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Ask ask:
                _leases.Tell(new LeaseKeeper.WhenSettled(new Settled(ask, Sender)), Self);
                break;
            case Settled settled:
                OnAsk(settled.Ask, settled.Asker);
                break;
            case IGetResponse { Request: Home home } got:
                if (got.IsSuccessful || !got.IsFound && got is not GetFailure)
                    Raise(home, got.IsSuccessful ? got.Get(home.Key).Value : 0);
                else
                    Retry(home);
                break;
            case IUpdateResponse { Request: Home home } updated:
                if (updated.IsSuccessful)
                    Open(home);
                else
                    Retry(home);
                break;
            case Home home:
                home.Register.IsBusy = false;
                GoOn(home);
                break;
            case Terminated gone:
                _homes.Remove(gone.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnAsk(Ask ask, IActorRef asker)
    {
        if (!_homes.TryGetValue(ask.Home, out var home))
        {
            home = new Home(ask.Shard, ask.Home, _self.Uid);
            _homes.Add(ask.Home, home);
            Context.Watch(ask.Home);
        }

        home.Register.Add(new FenceRegister.Wish(asker, ask.Above, ask.Seen));
        GoOn(home);
    }

    /// <summary>Gives what can be given, and does what has to be done for the rest.</summary>
    private void GoOn(Home home)
    {
        var register = home.Register;
        while (!register.IsBusy && register.TryGrant(_lease.Holds, out var wish, out var token))
            ((IActorRef)wish.Who).Tell(new Granted(token, wish.Seen), Self);
        if (register.IsBusy || !register.HasWishes)
            return;
        register.IsBusy = true;
        if (register.MustRaise(_lease.Holds))
            _replicator.Tell(Dsl.Get(home.Key, new ReadMajority(Patience), home));
        else
            Retry(home);
    }

    private void Raise(Home home, ulong known)
    {
        var rise = home.Register.Plan(known, _clock.GetUtcNow().ToUnixTimeSeconds(), _lease.Holds);
        home.Rise = rise;
        IWriteConsistency to = rise.MustAllKnow ? new WriteAll(Patience) : new WriteMajority(Patience);
        _replicator.Tell(Dsl.Update(home.Key, GCounter.Empty, to, home, counter =>
        {
            home.Value = rise.From(counter.Value);
            return counter.Increment(_self, home.Value - counter.Value);
        }));
    }

    private void Open(Home home)
    {
        home.Register.Open(home.Value, home.Rise.MustAllKnow);
        home.Register.IsBusy = false;
        GoOn(home);
    }

    private void Retry(Home home)
    {
        if (_homes.ContainsKey(home.Shard))
            Timers.StartSingleTimer(home, home, RetryDelay);
    }

    /// <summary>From a VM's owner.</summary>
    /// <param name="Shard">The shard of the VM.</param>
    /// <param name="Home">The shard's actor here: another one each time the shard comes.</param>
    /// <param name="Above">The highest token of the VM that its owner knows.</param>
    /// <param name="Seen">What a backend remembers beyond that, or none.</param>
    internal sealed record Ask(string Shard, IActorRef Home, FencingToken Above = default, FencingToken Seen = default);

    /// <summary>A token higher than any that was given for the shard before.</summary>
    /// <param name="Token">The token.</param>
    /// <param name="Seen">As asked: what it is to be above.</param>
    internal sealed record Granted(FencingToken Token, FencingToken Seen = default);

    private sealed record Settled(Ask Ask, IActorRef Asker);

    private sealed class Home(string shard, IActorRef actor, int node)
    {
        public GCounterKey Key { get; } = new($"fence-{shard}");

        public IActorRef Shard { get; } = actor;

        public FenceRegister Register { get; } = new(node);

        /// <summary>The last rise, and what it came to.</summary>
        public FenceRegister.Rise Rise { get; set; }

        public ulong Value { get; set; }
    }
}
