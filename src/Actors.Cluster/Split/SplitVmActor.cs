using Actors.Protocol;
using Akka.Actor;
using Akka.Event;

namespace Actors.Cluster;

/// <summary>Sends what <see cref="SplitService"/> decides about one VM; device models answer here.</summary>
internal sealed class SplitVmActor : UntypedActor, IWithTimers, ISplitEffects
{
    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);

    private readonly SplitService _core;
    private readonly ServiceChoice _choice;
    private readonly IActorRef _hypervisor;
    private readonly VmSpec _spec;
    private readonly FencingToken _first;
    private IActorRef _owner;
    private bool _ticks;

    private SplitVmActor(ServiceDirectory.Serve serve, ServiceChoice choice, IActorRef hypervisor)
    {
        _spec = serve.Launch.Spec;
        _first = serve.Launch.Fence;
        _owner = serve.Owner;
        _choice = choice;
        _hypervisor = hypervisor;
        _core = new SplitService(_spec.Vm, this);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private static Address SelfAddress => Akka.Cluster.Cluster.Get(Context.System).SelfAddress;

    /// <summary>Makes props.</summary>
    public static Props Props(ServiceDirectory.Serve serve, ServiceChoice choice, IActorRef hypervisor) => Akka.Actor.Props.CreateBy(new Producer(serve, choice, hypervisor));

    /// <inheritdoc/>
    public string? TakeNode(string? except) => _choice.Take(_spec.Vm, except);

    /// <inheritdoc/>
    public void ReleaseNode(string node) => _choice.Release(node);

    /// <inheritdoc/>
    public void Send(string node, object message) =>
        Context.ActorSelection($"{SelfAddress.Protocol}://{SelfAddress.System}@{node}/user/device-model").Tell(message, Self);

    /// <inheritdoc/>
    public object Order(FencingToken fence, bool isAdoption) =>
        isAdoption ? new MachineHop.AdoptVm(_spec, fence, _hypervisor) : new MachineHop.LaunchVm(_spec, fence, _hypervisor);

    /// <inheritdoc/>
    public void TellOwner(object message)
    {
        if (_core.Node is { } node)
            _owner.Tell(new ServiceDirectory.At(node), Self);
        _owner.Tell(message, Self);
    }

    /// <inheritdoc/>
    public void AskToken() => _owner.Tell(new TokenWanted(), Self);

    /// <inheritdoc/>
    public void Say(string sentence) => Context.GetLogger().Warning("{0}", sentence);

    /// <inheritdoc/>
    public void Leave() => Context.Stop(Self);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        var node = ServiceDirectory.AddressOf(Sender.Path.Address is { HasGlobalScope: true } address ? address : SelfAddress);
        switch (message)
        {
            case ServiceDirectory.Serve serve:
                _owner = serve.Owner;
                _core.Launch(_first);
                break;
            case ServiceDirectory.Stop:
                _core.Stop();
                break;
            case ServiceDirectory.Token token:
                _core.Take(token.Fence);
                break;
            case ServiceDirectory.Raise raise:
                _core.Raise(raise.Fence);
                break;
            case ServiceDirectory.NodeCame:
                _core.NodeCame();
                break;
            case ServiceDirectory.NodeGone gone:
                _core.NodeGone(gone.Node);
                break;
            case MachineHop.VmStarted started:
                _core.Started(node, started);
                break;
            case MachineHop.VmRefused refused:
                _core.Refused(node, refused.Reason, refused.Seen);
                break;
            case MachineHop.AdoptionRefused refused:
                _core.Refused(node, refused);
                break;
            case MachineHop.VmDrained drained when drained.Fence == _core.Ordered:
                _choice.Remove(node);
                _core.NodeGone(node);
                break;
            case MachineHop.VmDrained:
                break;
            case MachineHop.VmFenced fenced:
                _core.Fenced(node, fenced.Machine, fenced.Seen);
                break;
            case MachineHop.VmSuperseded superseded:
                _core.Superseded(node, superseded.Fence);
                break;
            case MachineHop.VmEnded ended:
                _core.Ended(node, ended);
                break;
            case MachineHop.VmNotice notice:
                Say($"{_spec.Vm}: {notice.Sentence}");
                _owner.Tell(notice, Self);
                break;
            case Tick:
                _core.Tick();
                break;
            default:
                Unhandled(message);
                break;
        }

        Clock();
    }

    /// <summary>A VM that runs has no timer.</summary>
    private void Clock()
    {
        var isWaiting = _core.State is not (SplitState.Running or SplitState.Waiting or SplitState.Over) || _core.IsStopping;
        if (isWaiting == _ticks)
            return;
        _ticks = isWaiting;
        if (isWaiting)
            Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TickPeriod);
        else
            Timers.Cancel(nameof(Tick));
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }

    private sealed class Producer(ServiceDirectory.Serve serve, ServiceChoice choice, IActorRef hypervisor) : IIndirectActorProducer
    {
        public Type ActorType => typeof(SplitVmActor);

        public ActorBase Produce() => new SplitVmActor(serve, choice, hypervisor);

        public void Release(ActorBase actor)
        {
        }
    }
}
