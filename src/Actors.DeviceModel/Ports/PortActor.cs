using Actors.Protocol;
using Akka.Actor;
using Akka.Event;

namespace Actors.DeviceModel;

/// <summary>
/// <c>port-K</c>: a console port. It owns the backend. It is not restarted: what a backend took can't be asked for again, so an exception
/// here goes up and ends the machine.
/// Mailbox: at most a window of writes (<see cref="VirtioConsole.WindowBytes"/>), one grant and its repetitions, and signals of the backend, one per arming.
/// </summary>
internal sealed class PortActor : UntypedActor, IWithTimers, IPortEffects
{
    private static readonly object WatchKey = nameof(WatchKey);
    private static readonly object SecondKey = nameof(SecondKey);
    private static readonly object FlushKey = nameof(FlushKey);
    private static readonly object FlushTickKey = nameof(FlushTickKey);

    /// <summary>Time that a backend has to take what is left when its machine ends.</summary>
    private static readonly TimeSpan FlushPeriod = TimeSpan.FromSeconds(2);

    /// <summary>How often a backend is looked at that holds what somebody may still read: it tells nobody when that is done.</summary>
    private static readonly TimeSpan FlushTickPeriod = TimeSpan.FromMilliseconds(20);

    private readonly OpenPort _open;
    private readonly int _index;
    private readonly VmId _vm;
    private readonly RoomServices _services;
    private readonly Port _port;
    private EventHandler? _resized;
    private Link _device;
    private bool _watching;
    private bool _turning;
    private bool _closing;
    private PortHop.Closed? _closed;
    private ILoggingAdapter? _log;

    private PortActor(VmId vm, int index, OpenPort open, RoomServices services)
    {
        _open = open;
        _index = index;
        _vm = vm;
        _services = services;
        _port = new Port(index, open.Backend, open.Spec, this, open.WasConnected);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private ILoggingAdapter Log => _log ??= Context.GetLogger();

    /// <summary>Makes props; the backend is the actor's from then on.</summary>
    public static Props Props(VmId vm, int index, OpenPort open, RoomServices services) =>
        Akka.Actor.Props.CreateBy(new Producer(vm, index, open, services));

    /// <inheritdoc/>
    public void Send(PortHop.Status status) => _device.Send(status, Self);

    /// <inheritdoc/>
    public void Send(PortHop.Input input) => _device.Send(input, Self);

    /// <inheritdoc/>
    public void Watch()
    {
        if (_watching)
            return;
        _watching = true;
        Timers.StartPeriodicTimer(WatchKey, WatchTick.Instance, RetryPeriod.Value);
    }

    /// <inheritdoc/>
    public void YieldTurn()
    {
        if (_turning)
            return;
        _turning = true;
        Self.Tell(NextTurn.Instance);
    }

    /// <inheritdoc/>
    public void WaitSecond()
    {
        if (!Timers.IsTimerActive(SecondKey))
            Timers.StartSingleTimer(SecondKey, NextTurn.Instance, TimeSpan.FromSeconds(1));
    }

    /// <inheritdoc/>
    public void Moved(bool output, long bytes) =>
        _services.Trace?.Record(new PathStep(output ? PathHop.BackendWrite : PathHop.BackendRead, _vm, -1, 0, default, bytes, _open.Spec.Name));

    /// <inheritdoc/>
    public void Complain(string complaint) => Log.Warning("{0}: port {1}: {2}", _vm, _open.Spec.Name, complaint);

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _device = new Link(LinkSite.PortEvent, Context.Parent, _services);
        _open.Events.Bind(Self);
        if (_open.Backend is ISizedBackend sized)
        {
            var self = Self;
            _resized = (_, _) => self.Tell(WindowChanged.Instance, ActorRefs.NoSender);
            sized.SizeChanged += _resized;
            TellSize(sized);
        }

        _port.Begin();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        if (_closed is null)
            CloseBackend();
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        if (_closed is not null)
        {
            if (message is PortHop.Close)
                _device.Send(_closed, Self);
            return;
        }

        switch (message)
        {
            case PortHop.Write write:
                _port.Take(write);
                break;
            case PortHop.Grant grant:
                _port.Take(grant);
                break;
            case BackendReady:
                _port.Signalled();
                break;
            case NextTurn:
                _turning = false;
                _port.Turn();
                break;
            case PortHop.Emergency emergency:
                _port.Take(emergency);
                break;
            case WatchTick:
                _watching = _port.Repeat();
                if (!_watching)
                    Timers.Cancel(WatchKey);
                break;
            case PortHop.Close:
                BeginClosing();
                break;
            case FlushOver:
                Finish();
                break;
            case FlushTick:
                break;
            case WindowChanged:
                TellSize((ISizedBackend)_open.Backend);
                break;
            default:
                Unhandled(message);
                break;
        }

        if (_closing && _closed is null && _port.IsFlushed)
            Finish();
    }

    private void BeginClosing()
    {
        if (_closing)
            return;
        _closing = true;
        _port.Turn();
        if (_port.IsFlushed)
            return;

        Timers.StartSingleTimer(FlushKey, FlushOver.Instance, FlushPeriod);
        if (_open.Backend is IHoldingBackend)
            Timers.StartPeriodicTimer(FlushTickKey, FlushTick.Instance, FlushTickPeriod);
    }

    private void TellSize(ISizedBackend sized)
    {
        if (sized.TryGetSize(out var columns, out var rows))
            _device.Send(new PortHop.Sized(_index, columns, rows), Self);
    }

    private void CloseBackend()
    {
        if (_resized is not null && _open.Backend is ISizedBackend sized)
            sized.SizeChanged -= _resized;
        _port.Close();
    }

    private void Finish()
    {
        Timers.CancelAll();
        CloseBackend();
        if (_port.Drops.Total > 0)
            Log.Info("{0}: port {1}: {2}", _vm, _open.Spec.Name, _port.Drops);
        _closed = new PortHop.Closed(_index, _port.Report);
        _device.Send(_closed, Self);
    }

    /// <summary>To itself: the backend signalled.</summary>
    internal sealed class BackendReady
    {
        public static readonly BackendReady Instance = new();
    }

    private sealed class NextTurn
    {
        public static readonly NextTurn Instance = new();
    }

    private sealed class WatchTick
    {
        public static readonly WatchTick Instance = new();
    }

    private sealed class WindowChanged
    {
        public static readonly WindowChanged Instance = new();
    }

    private sealed class FlushTick
    {
        public static readonly FlushTick Instance = new();
    }

    private sealed class FlushOver
    {
        public static readonly FlushOver Instance = new();
    }

    private sealed class Producer(VmId vm, int index, OpenPort open, RoomServices services) : IIndirectActorProducer
    {
        public Type ActorType => typeof(PortActor);

        public ActorBase Produce() => new PortActor(vm, index, open, services);

        public void Release(ActorBase actor)
        {
        }
    }
}

/// <summary>A port whose backend is open; made before there is an actor for it.</summary>
/// <param name="Spec">Its description.</param>
/// <param name="Backend">Its backend.</param>
/// <param name="Events">Where the backend signals.</param>
/// <param name="WasConnected">What device and port both begin with: whether somebody was at the backend's end.</param>
internal sealed record OpenPort(ConsolePortSpec Spec, IPortBackend Backend, PortEvents Events, bool WasConnected);
