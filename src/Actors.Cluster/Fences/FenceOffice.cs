using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster;
using Akka.DistributedData;

namespace Actors.Cluster;

/// <summary>
/// <c>/user/fences</c>: gives tokens to the VMs of this node. When a shard has come here it raises the shard's register, with a read from and a write to a majority
/// of nodes; from then on it only counts, until the shard is another one. Who can't reach a majority gets no token, and its VMs wait. So they do while a lost node may still have a
/// lease, and use what knows no tokens.
/// </summary>
internal sealed class FenceOffice : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(300);

    private readonly Dictionary<IActorRef, Register> _registers = [];
    private readonly TimeProvider _clock;
    private readonly UniqueAddress _self;
    private readonly IActorRef _replicator;
    private readonly IActorRef _leases;

    public FenceOffice(TimeProvider clock, IActorRef leases)
    {
        _clock = clock;
        _leases = leases;
        _self = Akka.Cluster.Cluster.Get(Context.System).SelfUniqueAddress;
        _replicator = DistributedData.Get(Context.System).Replicator;
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Makes props.</summary>
    public static Props Props(TimeProvider clock, IActorRef leases) => Akka.Actor.Props.Create(() => new FenceOffice(clock, leases));

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
            case IGetResponse { Request: Register register } got:
                if (got.IsSuccessful || !got.IsFound && got is not GetFailure)
                    Raise(register);
                else
                    Retry(register);
                break;
            case IUpdateResponse { Request: Register register } updated:
                if (updated.IsSuccessful)
                    Open(register);
                else
                    Retry(register);
                break;
            case Register register:
                Read(register);
                break;
            case Terminated gone:
                _registers.Remove(gone.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnAsk(Ask ask, IActorRef asker)
    {
        if (!_registers.TryGetValue(ask.Home, out var register))
        {
            register = new Register(ask.Shard, ask.Home);
            _registers.Add(ask.Home, register);
            Context.Watch(ask.Home);
            Read(register);
        }

        if (register.IsOpen && register.Counter < FenceTokens.MaxCounter && FenceTokens.Make(register.Value, _self.Uid, register.Counter + 1) > ask.Above)
        {
            Grant(register, asker);
            return;
        }

        register.Waiting.Add(asker);
        register.Above = Math.Max(register.Above, FenceTokens.RegisterOf(ask.Above));
        if (register.IsOpen)
        {
            register.IsOpen = false;
            Read(register);
        }
    }

    private void Read(Register register) => _replicator.Tell(Dsl.Get(register.Key, new ReadMajority(Patience), register));

    private void Raise(Register register)
    {
        var seconds = _clock.GetUtcNow().ToUnixTimeSeconds();
        _replicator.Tell(Dsl.Update(register.Key, GCounter.Empty, new WriteMajority(Patience), register, counter =>
        {
            register.Value = FenceTokens.Next(counter.Value, register.Above, seconds);
            return counter.Increment(_self, register.Value - counter.Value);
        }));
    }

    private void Open(Register register)
    {
        register.IsOpen = true;
        register.Counter = 0;
        foreach (var waiting in register.Waiting)
            Grant(register, waiting);
        register.Waiting.Clear();
    }

    private void Retry(Register register)
    {
        if (_registers.ContainsKey(register.Home))
            Timers.StartSingleTimer(register, register, RetryDelay);
    }

    private void Grant(Register register, IActorRef to) => to.Tell(new Granted(FenceTokens.Make(register.Value, _self.Uid, ++register.Counter)), Self);

    /// <summary>From a VM's owner.</summary>
    /// <param name="Shard">The shard of the VM.</param>
    /// <param name="Home">The shard's actor here: another one each time the shard comes.</param>
    /// <param name="Above">What a backend has seen already, or none.</param>
    internal sealed record Ask(string Shard, IActorRef Home, FencingToken Above = default);

    /// <summary>A token higher than any that was given for the shard before.</summary>
    internal sealed record Granted(FencingToken Token);

    private sealed record Settled(Ask Ask, IActorRef Asker);

    private sealed class Register(string shard, IActorRef home)
    {
        public GCounterKey Key { get; } = new($"fence-{shard}");

        public IActorRef Home { get; } = home;

        public List<IActorRef> Waiting { get; } = [];

        public ulong Value { get; set; }

        public uint Counter { get; set; }

        /// <summary>What the register is raised above, for backends that remember more than the cluster does.</summary>
        public ulong Above { get; set; }

        public bool IsOpen { get; set; }
    }
}
