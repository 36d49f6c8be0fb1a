using Actors.Protocol;
using Akka.Actor;
using Akka.Event;

namespace Actors.DeviceModel;

/// <summary>
/// <c>/user/device-model</c>: makes machines (<see cref="MachineHop"/>), one actor each, and tells their launchers what becomes of them. A machine's name is free again
/// when its end is told.
/// Supervision: a machine's actor in which something failed is resumed, as its tables are nowhere else and whoever waits repeats; what isn't repeated it hears again
/// (<see cref="VmActor.Revive"/>). After <see cref="RestartBudget.Most"/> crashes without progress it is told to end; if it can't even do that, it is stopped, and a
/// <see cref="MachineUndertaker"/> takes the machine away on the other sides before its end is told.
/// </summary>
public sealed class DeviceModelActor : UntypedActor, IWithTimers
{
    private const string DrainKey = "drain";

    private readonly IActorRef _hsm;
    private readonly RoomServices _services;
    private readonly IPortBackendFactory _backends;
    private readonly DeviceCatalog _devices;
    private readonly Dictionary<VmId, Machine> _machines = [];
    private readonly Dictionary<IActorRef, VmId> _names = [];
    private readonly List<IActorRef> _draining = [];
    private long _launches;
    private ILoggingAdapter? _log;

    private DeviceModelActor(IActorRef hsm, IPortBackendFactory backends, DeviceCatalog devices, RoomServices services)
    {
        _hsm = hsm;
        _backends = backends;
        _devices = devices;
        _services = services;
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of the root, with real backends.</summary>
    /// <param name="hsm"><c>/user/hsm</c>.</param>
    /// <param name="services">What every actor of a node gets.</param>
    public static Props Props(IActorRef hsm, RoomServices services) => Props(hsm, services, new PortBackendFactory());

    /// <summary>Props of the root, with these backends and devices.</summary>
    internal static Props Props(IActorRef hsm, RoomServices services, IPortBackendFactory backends, DeviceCatalog? devices = null) =>
        Akka.Actor.Props.CreateBy(new Producer(hsm, backends, devices ?? DeviceCatalog.BuiltIn, services));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new Supervision(OnCrash);

    /// <inheritdoc/>
    protected override void Unhandled(object message)
    {
        if (!Inspection.Answers(Context, message, this))
            base.Unhandled(message);
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MachineHop.LaunchVm launch:
                Launch(launch);
                break;
            case MachineHop.AdoptVm adopt:
                Adopt(adopt);
                break;
            case MachineHop.StopVm stop:
                Stop(stop);
                break;
            case MachineHop.RaiseFence raise:
                if (_machines.TryGetValue(raise.Vm, out var raised) && raised.Order.Fence == raise.Machine)
                    raised.Actor.Tell(raise, Sender);
                break;
            case Drain:
                _draining.Add(Sender);
                Timers.StartPeriodicTimer(DrainKey, DrainTick.Instance, RetryPace.Shortest);
                OnDrain();
                break;
            case DrainTick:
                OnDrain();
                break;
            case VmActor.Outcome outcome:
                OnOutcome(outcome);
                break;
            case MachineUndertaker.Buried buried:
                OnBuried(buried.Vm);
                break;
            case Terminated terminated:
                OnGone(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Launch(MachineHop.LaunchVm launch)
    {
        if (launch.Fence.IsGuarded && _machines.TryGetValue(launch.Spec.Vm, out var there) && there.Order is { IsAdoption: false } order && order.Fence == launch.Fence)
        {
            Attach(there);
            return;
        }

        if (MachineRules.FindBreach(launch.Spec) is null && _machines.TryGetValue(launch.Spec.Vm, out var earlier) && earlier.Order.Fence.IsGuarded && launch.Fence > earlier.Order.Fence)
        {
            Replace(earlier, launch.Fence, launch);
            return;
        }

        var refusal = MachineRules.FindBreach(launch.Spec)
            ?? (_machines.ContainsKey(launch.Spec.Vm) ? $"There is a {launch.Spec.Vm} already; stop it first or take another number." : null);
        if (refusal is not null)
            Sender.Tell(new MachineHop.VmRefused(launch.Spec.Vm, refusal));
        else
            Make(new MachineOrder(launch.Spec, launch.Fence, launch.Hypervisor, IsAdoption: false, NextIds()), Sender);
    }

    private void Adopt(MachineHop.AdoptVm adopt)
    {
        var vm = adopt.Spec.Vm;
        if (MachineRules.FindBreach(adopt.Spec) is { } breach)
        {
            Sender.Tell(new MachineHop.AdoptionRefused(vm, adopt.Fence, Errno.Invalid, breach));
        }
        else if (!_machines.TryGetValue(vm, out var there))
        {
            Make(new MachineOrder(adopt.Spec, adopt.Fence, adopt.Hypervisor, IsAdoption: true, NextIds()), Sender);
        }
        else if (there.Order.Fence == adopt.Fence)
        {
            Attach(there);
        }
        else if (there.Order.Fence > adopt.Fence)
        {
            Sender.Tell(new MachineHop.AdoptionRefused(vm, adopt.Fence, Errno.NotPermitted, $"the service side of {vm} here has a higher token."));
        }
        else
        {
            Replace(there, adopt.Fence, adopt);
        }
    }

    /// <summary>What is here is of an office that it lost and hasn't noticed yet. When it is gone, the order comes again.</summary>
    private void Replace(Machine there, FencingToken fence, object order)
    {
        there.Actor.Tell(new ControlHop.ServiceFenced(there.Order.Spec.Vm, fence), Self);
        _hsm.Tell(new ControlHop.ServiceFenced(there.Order.Spec.Vm, fence), Self);
        there.Next = (order, Sender);
    }

    /// <summary>Asked again, by somebody who didn't hear the answer or asks from elsewhere now.</summary>
    private void Attach(Machine machine)
    {
        machine.Launcher = Sender;
        if (machine.Started is not null)
            Sender.Tell(machine.Started);
    }

    /// <summary>Ids of commands differ from launch to launch: a command of an earlier machine of this name must not be taken for one of this.</summary>
    private long NextIds() => ++_launches << 32;

    private void Make(MachineOrder order, IActorRef launcher)
    {
        var life = new MachineLife();
        var actor = Context.ActorOf(VmActor.Props(order, _hsm, _backends, _devices, _services, life), order.Spec.Vm.ToString());
        _machines.Add(order.Spec.Vm, new Machine(actor, launcher, life, order));
        _names.Add(actor, order.Spec.Vm);
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
        machine.Life.IsStopAsked = true;
        machine.Actor.Tell(stop, Sender);
    }

    /// <summary>Said again until they are gone: what got lost comes with it, and a machine that was only beginning hears it, too.</summary>
    private void OnDrain()
    {
        TellDrained();
        if (_draining.Count == 0)
            return;
        foreach (var machine in _machines.Values)
        {
            if (machine.IsSplit)
                machine.Actor.Tell(VmActor.Drain.Instance, Self);
        }
    }

    private void TellDrained()
    {
        if (_draining.Count == 0 || _machines.Values.Any(static machine => machine.IsSplit))
            return;
        Timers.Cancel(DrainKey);
        foreach (var asker in _draining)
            asker.Tell(Drained.Instance);
        _draining.Clear();
    }

    private void OnOutcome(VmActor.Outcome outcome)
    {
        if (!_machines.TryGetValue(outcome.Vm, out var machine) || !machine.Actor.Equals(Sender))
            return;
        if (outcome.Message is MachineHop.VmStarted)
            machine.Started = outcome.Message;
        if (outcome.IsLast)
            machine.Last = outcome.Message;
        else
            machine.Launcher.Tell(outcome.Message);
    }

    private Directive OnCrash(IActorRef child, Exception reason)
    {
        _log ??= Context.GetLogger();
        if (!_names.TryGetValue(child, out var vm) || !_machines.TryGetValue(vm, out var machine))
            return child.Path.Name.StartsWith("end-of-", StringComparison.Ordinal) ? Directive.Resume : Directive.Stop;
        var life = machine.Life;
        Announcement.Crashed(_services, _log, vm, child, 0, reason);
        life.Failure = reason.Message;
        if (reason is ActorInitializationException)
            return Directive.Stop;
        if (!life.TryResume())
        {
            var sentence = $"it failed {RestartBudget.Most + 1} times without getting on: {reason.Message}";
            Announcement.Followed(_services, _log, vm, child, LifeChange.GaveUp, 0, sentence);
            if (life.IsGivenUp)
                return Directive.Stop;
            life.GiveUp();
        }

        child.Tell(VmActor.Revive.Instance, Self);
        Announcement.Followed(_services, _log, vm, child, LifeChange.Resumed, 0);
        return Directive.Resume;
    }

    private void OnGone(IActorRef actor)
    {
        if (!_names.Remove(actor, out var vm) || !_machines.TryGetValue(vm, out var machine))
            return;
        if (machine.Last is not null)
        {
            Tell(vm, machine, machine.Last);
            return;
        }

        // It had no time to say its last word, so nobody knows how far it was: whatever is left of it elsewhere goes first.
        Context.ActorOf(MachineUndertaker.Props(vm, machine.Order.FirstId + (1L << 31), _hsm, _services), $"end-of-{vm}-{machine.Order.FirstId >> 32}");
    }

    private void OnBuried(VmId vm)
    {
        if (_machines.TryGetValue(vm, out var machine))
            Tell(vm, machine, new MachineHop.VmEnded(vm, VmEnd.Failed, $"its device model failed: {machine.Life.Failure}", machine.Life.Reports));
    }

    private void Tell(VmId vm, Machine machine, object last)
    {
        _machines.Remove(vm);
        machine.Launcher.Tell(last);
        machine.Stopper?.Tell(last);
        if (machine.Next is { } next)
            Self.Tell(next.Order, next.From);
        else
            TellDrained();
    }

    private sealed class Machine(IActorRef actor, IActorRef launcher, MachineLife life, MachineOrder order)
    {
        public MachineLife Life { get; } = life;

        public MachineOrder Order { get; } = order;

        public IActorRef Actor { get; } = actor;

        public IActorRef Launcher { get; set; } = launcher;

        /// <summary>What the launcher was told when the machine ran.</summary>
        public object? Started { get; set; }

        /// <summary>An order with a higher token that waits for the end of this machine.</summary>
        public (object Order, IActorRef From)? Next { get; set; }

        public IActorRef? Stopper { get; set; }

        public object? Last { get; set; }

        /// <summary>Its guest is on another node.</summary>
        public bool IsSplit => Order.Hypervisor is { } hypervisor && hypervisor.Path.Address.HasGlobalScope;
    }

    /// <summary>The node leaves: machines whose guests are elsewhere are drained and handed over. Answered by <see cref="Drained"/>, when none is left.</summary>
    internal sealed class Drain
    {
        /// <summary>The one there is.</summary>
        public static readonly Drain Instance = new();
    }

    /// <summary>No machine is left whose guest is elsewhere.</summary>
    internal sealed class Drained
    {
        /// <summary>The one there is.</summary>
        public static readonly Drained Instance = new();
    }

    private sealed class DrainTick
    {
        public static readonly DrainTick Instance = new();
    }

    private sealed class Producer(IActorRef hsm, IPortBackendFactory backends, DeviceCatalog devices, RoomServices services) : IIndirectActorProducer
    {
        public Type ActorType => typeof(DeviceModelActor);

        public ActorBase Produce() => new DeviceModelActor(hsm, backends, devices, services);

        public void Release(ActorBase actor)
        {
        }
    }
}
