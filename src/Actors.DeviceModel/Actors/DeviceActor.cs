using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;
using Akka.Event;

namespace Actors.DeviceModel;

/// <summary>
/// <c>pci-B.D.F</c>: a device. Its ports, if it has any, are its children.
/// Supervision: the VM's actor restarts it. What the guest can't be asked for again is in the <see cref="DeviceRecord"/>, from which the next incarnation is made;
/// chains in flight are read from the rings again, streams go on where the ports say (<see cref="PortHop.Resume"/>). The message at which it crashed is lost, and
/// said again by whoever waits. Its ports survive: it restarts them, each <see cref="RestartBudget.Most"/> times without progress, then the device is given up.
/// Mailbox: one access a vCPU, <see cref="VmLimits.DoorbellCredit"/> signals a doorbell, and what its ports may have on their way.
/// </summary>
internal sealed class DeviceActor : UntypedActor, IWithTimers, IDeviceEffects, IInspectable
{
    private static readonly object WakeKey = nameof(WakeKey);

    /// <summary>Ticks, two seconds, that backends have for what ports hold when the node leaves: as long as at a machine's end.</summary>
    private const int DrainTicks = 8;

    private static readonly TimeSpan DrainPeriod = TimeSpan.FromMilliseconds(250);


    private readonly VmId _vm;
    private readonly RoomServices _services;
    private long _faults;
    private readonly MountedDevice _device;
    private readonly DeviceLife _life;
    private readonly Link _hsm;
    private readonly OpenPort[] _open;
    private readonly Link[] _ports;
    private PortReport?[]? _closed;
    private Link _parent;
    private readonly RetryTimer _watch;
    private bool _yielding;
    private bool _mustRecover;
    private int _drainTicks = -1;
    private bool _toldDrained;
    private ILoggingAdapter? _log;
    private IActorRef _self = ActorRefs.Nobody;

    private DeviceActor(VmId vm, DeviceLife life, IActorRef hsm, RoomServices services)
    {
        _vm = vm;
        _life = life;
        _device = life.Incarnate();
        _open = life.Open;
        _services = services;
        _watch = new RetryTimer(this, WatchTick.Instance, services);
        _ports = new Link[_open.Length];
        _hsm = new Link(LinkSite.IrqRaise, hsm, services);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>What of a user's code it is calling; null: nothing. May be asked for by any thread.</summary>
    internal string? Calling => _device.Calling;

    private ILoggingAdapter Log => _log ??= Context.GetLogger();

    /// <summary>Makes props.</summary>
    public static Props Props(VmId vm, DeviceLife life, IActorRef hsm, RoomServices services) =>
        Akka.Actor.Props.CreateBy(new Producer(vm, life, hsm, services));

    /// <inheritdoc/>
    public void SendMsi(ulong sequence, ulong address, uint data) =>
        _hsm.Send(new InterruptHop.InjectMsi(_vm, _device.Epoch, _device.Function.RequesterId, sequence, address, data, _device.OldestMsi), Self);

    /// <inheritdoc/>
    public void Register(in DoorbellRegistrations.Request request)
    {
        var doorbell = request.Doorbell;
        new Link(LinkSite.VmControl, _hsm.Target!, _services).Send(
            new DispatchHop.SetIoeventfd(
                _vm, _device.Epoch, request.Id, request.Flags, request.Cookie, doorbell.Address, doorbell.Length, doorbell.Data, Self),
            Self);
    }

    /// <inheritdoc/>
    public void SendIntx(uint change, bool isAsserted) =>
        _parent.Send(new DeviceHop.Intx(_device.Function, _device.Epoch, change, isAsserted), Self);

    /// <inheritdoc/>
    public void Send(MemoryHop.Exchange exchange) => new Link(LinkSite.MemoryExchange, _life.Memory!.Server, _services).Send(exchange, Self);

    /// <inheritdoc/>
    public void Send(int port, PortHop.Write write) => _ports[port].Send(write, Self);

    /// <inheritdoc/>
    public void Send(int port, PortHop.Grant grant) => _ports[port].Send(grant, Self);

    /// <inheritdoc/>
    public void Send(int port, PortHop.Emergency emergency) => _ports[port].Send(emergency, Self);

    /// <inheritdoc/>
    public void Send(int port, PortHop.Resume resume) => _ports[port].Send(resume, Self);

    /// <inheritdoc/>
    public void Watch() => _watch.Start();

    /// <inheritdoc/>
    public void YieldTurn()
    {
        if (_yielding)
            return;
        _yielding = true;
        Self.Tell(NextTurn.Instance);
    }

    /// <inheritdoc/>
    public void Wake(TimeSpan after)
    {
        if (after > TimeSpan.Zero)
        {
            Timers.StartSingleTimer(WakeKey, WakeUp.Instance, after);
            return;
        }

        Timers.Cancel(WakeKey);
        Self.Tell(WakeUp.Instance);
    }

    /// <inheritdoc/>
    public void Post(object what) => _self.Tell(new Signalled(what));

    /// <inheritdoc/>
    public void Failed(string reason) => Announcement.Failed(_services, Log, _vm, Self, _device.Incarnation, reason);

    /// <inheritdoc/>
    public void Report(in GuestFault fault)
    {
        Log.Warning("{0}: device {1}: guest fault {2}, queue {3}, value 0x{4:x}", _vm, _device.Function, fault.Kind, fault.Queue, fault.Value);
    }

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new Supervision(OnPortCrash);

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Begin();
        if (!_life.IsAdopted)
            return;
        _mustRecover = true;
        Self.Tell(NextTurn.Instance);
    }

    /// <summary>Not the end: ports stay, and with them the backends.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
    }

    /// <inheritdoc/>
    protected override void PostRestart(Exception reason)
    {
        Announcement.Followed(_services, Log, _vm, Self, LifeChange.Restarted, _device.Incarnation);
        if (_life.Loss is { } loss)
            Announcement.Followed(_services, Log, _vm, Self, LifeChange.StateLost, _device.Incarnation, loss);
        Begin();
        _parent.Send(new DeviceHop.Restarted(_device.Function, _device.Incarnation), Self);

        // What can fail is done in a message: an actor that fails here loses its children.
        _mustRecover = true;
        Self.Tell(NextTurn.Instance);
    }

    /// <inheritdoc/>
    public InspectNode Inspect() => _device.Inspect();

    /// <inheritdoc/>
    protected override void Unhandled(object message)
    {
        if (!Inspection.Answers(Context, message, this))
            base.Unhandled(message);
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        if (_mustRecover)
        {
            _mustRecover = false;
            _device.Recover();
        }

        switch (message)
        {
            case DispatchHop.DoorbellSignal signal:
                var drained = _device.Take(signal);
                if (drained > 0)
                    AcknowledgeDoorbell(signal, drained);
                break;
            case PortHop.Status status:
                _device.Take(status);
                AnswerHeld();
                break;
            case PortHop.Input input:
                _device.Take(input);
                break;
            case DeviceHop.Access access:
                if (_device.Take(access) is { } answer)
                    _parent.Send(answer, Self);
                break;
            case MemoryHop.Exchanged exchanged:
                OnExchanged(exchanged);
                break;
            case NextTurn:
                _yielding = false;
                _device.Resume();
                break;
            case WatchTick:
                OnWatchTick();
                break;
            case DrainTick:
                OnDrainTick();
                break;
            case DispatchHop.RegistrationResult result:
                _device.Take(result);
                break;
            default:
                ReceiveRarely(message);
                break;
        }

        if (_drainTicks >= 0)
            TellDrained();
        if (_services.Trace is { } trace)
            CountFaults(trace);
    }

    private void CountFaults(PathTrace trace)
    {
        var faults = _device.FaultCount;
        if (faults == _faults)
            return;
        trace.Faulted(_vm, faults - _faults);
        _faults = faults;
    }

    private static string PortName(int index) => index == 0 ? "port-0" : "port-" + index;

    private void ReceiveRarely(object message)
    {
        switch (message)
        {
            case DeviceHop.IntxSeen seen:
                _device.Take(seen);
                break;
            case InterruptHop.InterruptSeen seenInterrupt:
                _device.Take(seenInterrupt);
                break;
            case DeviceHop.RegisterAgain again:
                _parent.Send(_device.Take(again), Self);
                break;
            case DeviceHop.BarRefused refused:
                _device.Take(refused);
                break;
            case PortHop.Sized sized:
                _device.Take(sized);
                break;
            case PortHop.Closed closed:
                OnPortClosed(closed);
                break;
            case DeviceHop.Reset reset:
                if (_device.Reset(reset.Epoch) is { } done)
                    _parent.Send(done, Self);
                break;
            case DeviceHop.BeginEpoch begin:
                if (_device.BeginEpoch(begin.Epoch) is { } begun)
                    _parent.Send(begun, Self);
                break;
            case DeviceHop.Drain:
                OnDrain();
                break;
            case WakeUp:
                _device.Signal(null);
                break;
            case Signalled signalled:
                _device.Signal(signalled.What);
                break;
            case DeviceHop.Notice or DeviceHop.Remembered:
                _parent.Send(message, Self);
                break;
            case DeviceHop.Raise raise:
                foreach (var port in _ports)
                    port.Send(new PortHop.Raise(raise.Fence), Self);
                break;
            case DeviceHop.Close:
                OnClose();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Begin()
    {
        _self = Self;
        _parent = new Link(LinkSite.DeviceResult, Context.Parent, _services);
        for (var i = 0; i < _open.Length; i++)
        {
            var port = Context.Child(PortName(i));
            if (port.IsNobody())
                port = Context.ActorOf(PortActor.Props(_vm, _device.Function, i, _open[i], _services), PortName(i));
            _ports[i] = new Link(LinkSite.PortWrite, port, _services);
        }

        _device.Begin(this);
    }

    private Directive OnPortCrash(IActorRef child, Exception reason)
    {
        var index = Array.FindIndex(_ports, port => child.Equals(port.Target));
        if (index < 0)
            return Directive.Stop;
        var open = _open[index];
        Announcement.Crashed(_services, Log, _vm, child, open.Incarnation, reason);
        if (reason is not ActorInitializationException && open.TryRestart())
            return Directive.Restart;

        // A device without one of its ports is none: its VM ends in order, and says why.
        _life.Failure = $"port '{open.Spec.Name}' failed {RestartBudget.Most + 1} times without getting on: {reason.Message}";
        Announcement.Followed(_services, Log, _vm, child, LifeChange.GaveUp, open.Incarnation, _life.Failure);
        return Directive.Escalate;
    }

    private void OnExchanged(MemoryHop.Exchanged exchanged)
    {
        if (_life.Memory is { IsSuperseded: false } memory)
        {
            if (exchanged.Result is ExchangeResult.Applied or ExchangeResult.WriteRefused && !Sender.IsNobody() && !Sender.Equals(Context.System.DeadLetters))
                memory.Server = Sender;
            _device.Take(exchanged);
            if (memory.IsSuperseded)
                Log.Warning("{0}: device {1}: guest memory says {2}: somebody else owns the device, or does by now; this one is silent from here on.", _vm, _device.Function, exchanged.Result);
        }

        AnswerHeld();
    }

    private void AnswerHeld()
    {
        while (_device.TryTakeHeld(out DeviceHop.AccessDone answer))
            _parent.Send(answer, Self);
        if (_device.TryTakeHeld(out DeviceHop.ResetDone done))
            _parent.Send(done, Self);
        if (_device.TryTakeHeld(out DeviceHop.EpochBegun begun))
            _parent.Send(begun, Self);
    }

    private void AcknowledgeDoorbell(DispatchHop.DoorbellSignal signal, ulong drained) =>
        new Link(LinkSite.DoorbellCredit, _hsm.Target!, _services).Send(new DispatchHop.DoorbellDrained(_vm, signal.Epoch, signal.Cookie, drained), Self);

    private void OnWatchTick()
    {
        var owed = _device.Repeat();
        if (_closed is not null && Array.IndexOf(_closed, null) >= 0)
        {
            ClosePorts();
            owed = true;
        }

        if (owed)
            _watch.GoOn();
        else
            _watch.Stop();
    }

    private void OnDrainTick()
    {
        _drainTicks++;
        DrainPorts();
        if (_drainTicks == DrainTicks)
            Timers.Cancel(DrainTick.Instance);
    }

    private void OnDrain()
    {
        if (_drainTicks < 0)
        {
            _drainTicks = 0;
            _device.BeginDrain();
            DrainPorts();
            Timers.StartPeriodicTimer(DrainTick.Instance, DrainTick.Instance, DrainPeriod);
        }

        _toldDrained = false;
    }

    private void DrainPorts()
    {
        foreach (var port in _ports)
            port.Send(PortHop.Drain.Instance, Self);
    }

    private void TellDrained()
    {
        if (_toldDrained || !_device.IsDrained(isTimeOver: _drainTicks == DrainTicks))
            return;
        _toldDrained = true;
        _parent.Send(new DeviceHop.Drained(_device.Function), Self);
    }

    private void OnClose()
    {
        _closed ??= new PortReport?[_ports.Length];
        ClosePorts();
        Watch();
        TellClosed();
    }

    private void ClosePorts()
    {
        for (var i = 0; i < _ports.Length; i++)
        {
            if (_closed![i] is null)
                _ports[i].Send(new PortHop.Close(_device.DeliveredBy(i)), Self);
        }
    }

    private void OnPortClosed(PortHop.Closed closed)
    {
        if (_closed is null)
            return;
        _closed[closed.Port] = _device.Complete(closed.Port, closed.Report);
        TellClosed();
    }

    private void TellClosed()
    {
        if (Array.IndexOf(_closed!, null) < 0)
            _parent.Send(new DeviceHop.Closed(_device.Function, ImmutableArray.Create(_closed!)!), Self);
    }

    private sealed class NextTurn
    {
        public static readonly NextTurn Instance = new();
    }

    private sealed class WakeUp
    {
        public static readonly WakeUp Instance = new();
    }

    private sealed record Signalled(object What);

    private sealed class DrainTick
    {
        public static readonly DrainTick Instance = new();
    }

    private sealed class WatchTick
    {
        public static readonly WatchTick Instance = new();
    }

    private sealed class Producer(VmId vm, DeviceLife life, IActorRef hsm, RoomServices services) : IIndirectActorProducer
    {
        public Type ActorType => typeof(DeviceActor);

        public ActorBase Produce() => new DeviceActor(vm, life, hsm, services);

        public void Release(ActorBase actor)
        {
        }
    }
}
