using Actors.Protocol;
using Akka.Actor;

namespace Actors.DeviceModel;

/// <summary>
/// <c>/user/device-model</c>: makes machines (<see cref="MachineHop"/>), one actor each, and tells their launchers what becomes of them. A machine's name is free again
/// when its end is told. A machine's actor that fails is not restarted: the machine ends as failed.
/// </summary>
public sealed class DeviceModelActor : UntypedActor
{
    private readonly IActorRef _hsm;
    private readonly RoomServices _services;
    private readonly IPortBackendFactory _backends;
    private readonly Dictionary<VmId, Machine> _machines = [];
    private readonly Dictionary<IActorRef, VmId> _names = [];
    private long _launches;
    private string? _failure;

    private DeviceModelActor(IActorRef hsm, IPortBackendFactory backends, RoomServices services)
    {
        _hsm = hsm;
        _backends = backends;
        _services = services;
    }

    /// <summary>Props of the root, with real backends.</summary>
    /// <param name="hsm"><c>/user/hsm</c>.</param>
    /// <param name="services">What every actor of a node gets.</param>
    public static Props Props(IActorRef hsm, RoomServices services) => Props(hsm, services, new PortBackendFactory());

    /// <summary>Props of the root, with these backends.</summary>
    internal static Props Props(IActorRef hsm, RoomServices services, IPortBackendFactory backends) =>
        Akka.Actor.Props.CreateBy(new Producer(hsm, backends, services));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        _failure = exception.Message;
        return Directive.Stop;
    });

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MachineHop.LaunchVm launch:
                Launch(launch.Spec);
                break;
            case MachineHop.StopVm stop:
                Stop(stop);
                break;
            case VmActor.Outcome outcome:
                OnOutcome(outcome);
                break;
            case Terminated terminated:
                OnGone(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Launch(VmSpec spec)
    {
        var refusal = MachineRules.FindBreach(spec)
            ?? (_machines.ContainsKey(spec.Vm) ? $"There is a {spec.Vm} already; stop it first or take another number." : null);
        if (refusal is not null)
        {
            Sender.Tell(new MachineHop.VmRefused(spec.Vm, refusal));
            return;
        }

        // Ids of commands differ from launch to launch: a command of an earlier machine of this name must not be taken for one of this.
        _launches++;
        var actor = Context.ActorOf(VmActor.Props(spec, _launches << 32, _hsm, _backends, _services), spec.Vm.ToString());
        _machines.Add(spec.Vm, new Machine(actor, Sender));
        _names.Add(actor, spec.Vm);
        Context.Watch(actor);
    }

    private void Stop(MachineHop.StopVm stop)
    {
        if (!_machines.TryGetValue(stop.Vm, out var machine))
        {
            Sender.Tell(new MachineHop.VmRefused(stop.Vm, $"There is no {stop.Vm}."));
            return;
        }

        if (!Sender.Equals(machine.Launcher))
            machine.Stopper = Sender;
        machine.Actor.Tell(stop, Sender);
    }

    private void OnOutcome(VmActor.Outcome outcome)
    {
        if (!_machines.TryGetValue(outcome.Vm, out var machine) || !machine.Actor.Equals(Sender))
            return;
        if (outcome.IsLast)
            machine.Last = outcome.Message;
        else
            machine.Launcher.Tell(outcome.Message);
    }

    private void OnGone(IActorRef actor)
    {
        if (!_names.Remove(actor, out var vm) || !_machines.Remove(vm, out var machine))
            return;
        var last = machine.Last ?? new MachineHop.VmEnded(vm, VmEnd.Failed, $"its device model failed: {_failure}", []);
        machine.Launcher.Tell(last);
        machine.Stopper?.Tell(last);
    }

    private sealed class Machine(IActorRef actor, IActorRef launcher)
    {
        public IActorRef Actor { get; } = actor;

        public IActorRef Launcher { get; } = launcher;

        public IActorRef? Stopper { get; set; }

        public object? Last { get; set; }
    }

    private sealed class Producer(IActorRef hsm, IPortBackendFactory backends, RoomServices services) : IIndirectActorProducer
    {
        public Type ActorType => typeof(DeviceModelActor);

        public ActorBase Produce() => new DeviceModelActor(hsm, backends, services);

        public void Release(ActorBase actor)
        {
        }
    }
}
