using Actors.Protocol;
using Akka.Actor;
using Akka.Event;

namespace Actors.Cluster;

/// <summary>
/// The entity of one VM. Its core outlives a restart of the actor, since the machine does too.
/// </summary>
internal sealed class VmOwnerActor : UntypedActor, IWithTimers, IWithUnboundedStash, IVmOwnerEffects
{
    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);

    private readonly VmId _vm;
    private readonly VmOwnerContext _node;
    private readonly Kept _kept;
    private IActorRef _self = ActorRefs.Nobody;
    private bool _ticks;

    private VmOwnerActor(VmId vm, VmOwnerContext node, Kept kept)
    {
        _vm = vm;
        _node = node;
        _kept = kept;
        kept.Core ??= new VmOwner(vm, node.Address, kept);
        kept.Actor = this;
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    public IStash Stash { get; set; } = null!;

    /// <inheritdoc/>
    public string ServiceNode => _kept.Sides?.ServiceNode ?? _node.Address;

    private VmOwner Core => _kept.Core!;

    /// <summary>Makes props of one entity.</summary>
    public static Props Props(VmId vm, VmOwnerContext node) => Akka.Actor.Props.CreateBy(new Producer(vm, node));

    /// <inheritdoc/>
    protected override void PreStart() => Begin();

    /// <inheritdoc/>
    protected override void PostRestart(Exception reason) => Begin();

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        if (!_kept.HasBegun)
        {
            if (message is VmLedger.Found found)
            {
                _kept.HasBegun = true;
                Core.Begin(found.Entry, found.Loss);
                Stash.UnstashAll();
            }
            else
            {
                Stash.Stash();
                return;
            }
        }
        else
        {
            Handle(message);
        }

        Clock();
    }

    private void Handle(object message)
    {
        switch (message)
        {
            case ClusterHop.StartVm start:
                Core.Start(start);
                break;
            case ClusterHop.StopVm:
                Core.Stop(Sender);
                break;
            case ClusterHop.VmSeen seen:
                Core.Seen(seen.Fence, seen.IsEnd);
                break;
            case LedgerHop.Revive revive:
                OnRevive(revive.Entry);
                break;
            case FenceOffice.Granted granted when Core.State == VmOwnerState.Fencing:
                Core.Take(granted.Token);
                break;
            case FenceOffice.Granted { Seen.IsGuarded: true } granted:
                Core.Raised(granted.Token);
                break;
            case MachineHop.VmFenced fenced:
                Core.Fenced(fenced.Machine, fenced.Seen);
                break;
            case ServiceFenced fenced:
                Core.Fenced(fenced.Seen);
                break;
            case TokenWanted:
                AskToken(default);
                break;
            case ServiceMoved moved:
                Core.ServiceMoved(moved.Fence, moved.Notices);
                break;
            case VmLedger.Recorded recorded:
                Core.Recorded(recorded.Fence, recorded.State);
                break;
            case VmLedger.Outdated outdated:
                Core.Outdated(outdated.Fence);
                break;
            case MachineHop.VmStarted started:
                Core.Started(started.Notices);
                break;
            case MachineHop.VmRefused refused:
                Core.Refused(refused.Reason, refused.Seen);
                break;
            case MachineHop.VmEnded ended:
                Core.Ended(ended);
                break;
            case Tick:
                Core.Tick();
                break;
            case HandOff:
                Core.HandOff();
                break;
            default:
                if (_kept.Sides?.Receive(message, Sender, Self) != true)
                    Unhandled(message);
                break;
        }
    }

    /// <summary>
    /// What was to be done began with this actor, when the ledger of this node knew as much. One that doesn't (it could not be reached when the VM was announced, and whoever announced it was lost before it
    /// could tell) learns it, and the next time that this is asked it is done.
    /// </summary>
    private void OnRevive(VmEntry entry)
    {
        if (Core.State != VmOwnerState.Empty)
            return;
        _node.Ledger.Tell(new VmLedger.Learn(entry), Self);
        Context.Stop(Self);
    }

    /// <inheritdoc/>
    public void AskToken(FencingToken above, FencingToken seen = default) => _node.Fences.Tell(new FenceOffice.Ask(VmShards.ShardOf(_vm), Context.Parent, above, seen), Self);

    /// <inheritdoc/>
    public void Raise(FencingToken machine, FencingToken fence) => _kept.Sides!.Raise(new MachineHop.RaiseFence(_vm, machine, fence), Self);

    /// <inheritdoc/>
    public void Say(string sentence) => Context.GetLogger().Warning("{0}", sentence);

    /// <inheritdoc/>
    public void Launch(VmSpec spec, VmPlacement placement, FencingToken fence)
    {
        _kept.Sides = _node.SidesOf(placement);
        _kept.Ports = spec.Devices.Sum(device => device.Ports.Length);
        _node.Meter.Path.Begin(spec.Vm);
        _kept.Sides.Launch(new MachineHop.LaunchVm(spec, fence), Self);
    }

    /// <inheritdoc/>
    public void StopMachine() => _kept.Sides!.Stop(_vm, Self);

    /// <inheritdoc/>
    public void Record(VmEntry entry, bool isAnswered) => _node.Ledger.Tell(new VmLedger.Write(entry, isAnswered), Self);

    /// <inheritdoc/>
    public void Tell(IActorRef to, object message) => to.Tell(message, Self);

    /// <inheritdoc/>
    public void Leave() => Context.Stop(Self);

    private void Begin()
    {
        _self = Self;
        if (!_kept.HasBegun)
            _node.Ledger.Tell(new VmLedger.Find(_vm), _self);
    }

    /// <summary>The entity goes; what it made does not stay behind.</summary>
    protected override void PostStop()
    {
        if (Core.HasMachine)
            _kept.Sides?.Stop(_vm, Self);
        Count(hasMachine: false);
    }

    /// <summary>Unlike a stop, ends nothing.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
    }

    private void Count(bool hasMachine)
    {
        if (hasMachine == _kept.IsCounted)
            return;
        _kept.IsCounted = hasMachine;
        _node.Meter.CountGuest(hasMachine ? 1 : -1);
        if (ServiceNode == _node.Address)
            _node.Meter.CountService(hasMachine ? 1 : -1, _kept.Ports);
    }

    private void Clock()
    {
        Count(Core.HasMachine);
        if (Core.IsWaiting == _ticks)
            return;
        _ticks = Core.IsWaiting;
        if (_ticks)
            Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TickPeriod);
        else
            Timers.Cancel(nameof(Tick));
    }

    /// <summary>From the shard: it moves.</summary>
    internal sealed class HandOff
    {
        /// <summary>The one there is.</summary>
        public static readonly HandOff Instance = new();
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }

    /// <summary>What a restart of the actor keeps; passes effects to whoever is the actor now.</summary>
    private sealed class Kept : IVmOwnerEffects
    {
        public VmOwner? Core { get; set; }

        public IVmSides? Sides { get; set; }

        public bool HasBegun { get; set; }

        public bool IsCounted { get; set; }

        public int Ports { get; set; }

        public VmOwnerActor? Actor { get; set; }

        public string ServiceNode => Actor!.ServiceNode;

        public void AskToken(FencingToken above, FencingToken seen = default) => Actor!.AskToken(above, seen);

        public void Raise(FencingToken machine, FencingToken fence) => Actor!.Raise(machine, fence);

        public void Say(string sentence) => Actor!.Say(sentence);

        public void Launch(VmSpec spec, VmPlacement placement, FencingToken fence) => Actor!.Launch(spec, placement, fence);

        public void StopMachine() => Actor!.StopMachine();

        public void Record(VmEntry entry, bool isAnswered) => Actor!.Record(entry, isAnswered);

        public void Tell(IActorRef to, object message) => Actor!.Tell(to, message);

        public void Leave() => Actor!.Leave();
    }

    private sealed class Producer(VmId vm, VmOwnerContext node) : IIndirectActorProducer
    {
        private readonly Kept _kept = new();

        public Type ActorType => typeof(VmOwnerActor);

        public ActorBase Produce() => new VmOwnerActor(vm, node, _kept);

        public void Release(ActorBase actor)
        {
        }
    }
}
