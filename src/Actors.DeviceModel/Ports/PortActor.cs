using Actors.Protocol;
using Akka.Actor;
using Akka.Event;

namespace Actors.DeviceModel;

/// <summary>
/// <c>port-K</c>: a console port. It works the backend.
/// Supervision: restarted by its device's actor, and with it. Backend, counters, buffer, drop log and input in hand are <see cref="OpenPort"/>'s, so the next
/// incarnation goes on with the next byte; the message at which it crashed is lost and said again by whoever waits for an answer.
/// Mailbox: at most a window of writes (<see cref="VirtioConsole.WindowBytes"/>), one grant and its repetitions, and signals of the backend, one per arming.
/// </summary>
internal sealed class PortActor : UntypedActor, IWithTimers, IPortEffects, IInspectable
{
    private static readonly object SecondKey = nameof(SecondKey);
    private static readonly object FlushKey = nameof(FlushKey);
    private static readonly object FlushTickKey = nameof(FlushTickKey);
    private static readonly object RememberedKey = nameof(RememberedKey);

    /// <summary>Longest wait before it is said again that a backend remembers a higher token. The first is a second: a receiver that always knows a higher one costs little.</summary>
    private static readonly TimeSpan LongestAgain = TimeSpan.FromSeconds(30);

    /// <summary>Time that a backend has to take what is left when its machine ends.</summary>
    private static readonly TimeSpan FlushPeriod = TimeSpan.FromSeconds(2);

    /// <summary>How often a backend is looked at that holds what somebody may still read: it tells nobody when that is done.</summary>
    private static readonly TimeSpan FlushTickPeriod = TimeSpan.FromMilliseconds(20);

    private readonly OpenPort _open;
    private readonly int _index;
    private readonly VmId _vm;
    private readonly Bdf _function;
    private readonly RoomServices _services;
    private readonly Port _port;
    private readonly int _incarnation;
    private EventHandler? _resized;
    private Link _device;
    private readonly RetryTimer _watch;
    private bool _turning;
    private bool _closing;
    private bool _mustResume;
    private TimeSpan _again = TimeSpan.FromSeconds(1);
    private ILoggingAdapter? _log;

    private PortActor(VmId vm, Bdf function, int index, OpenPort open, RoomServices services)
    {
        _open = open;
        _index = index;
        _vm = vm;
        _function = function;
        _services = services;
        _incarnation = open.Incarnation;
        _watch = new RetryTimer(this, WatchTick.Instance, services);
        _port = open.CoreFor(index, this, new CrashPoints(services.Crashes, vm, index));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private ILoggingAdapter Log => _log ??= Context.GetLogger();

    /// <summary>Makes props; the backend is the actor's from then on.</summary>
    /// <param name="vm">Its machine.</param>
    /// <param name="function">Its device.</param>
    /// <param name="index">Its number.</param>
    /// <param name="open">What outlives its incarnations.</param>
    /// <param name="services">What every actor of a room gets.</param>
    public static Props Props(VmId vm, Bdf function, int index, OpenPort open, RoomServices services) =>
        Akka.Actor.Props.CreateBy(new Producer(vm, function, index, open, services));

    /// <inheritdoc/>
    public void Send(PortHop.Status status) => _device.Send(status, Self);

    /// <inheritdoc/>
    public void Send(PortHop.Input input) => _device.Send(input, Self);

    /// <inheritdoc/>
    public void Watch() => _watch.Start();

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
        _services.Trace?.Record(new PathStep(output ? PathHop.BackendWrite : PathHop.BackendRead, _vm, -1, 0, default, bytes, _open.Spec.Name, _function) { Port = _index });

    /// <inheritdoc/>
    public void Dropped(in PortDrop drop) =>
        _services.Trace?.Record(new DropStep(_vm, _open.Spec.Name, drop.Offset, drop.Length, (DropReason)drop.Reason));

    /// <inheritdoc/>
    public void Forgotten(long dropped, int givenUp) => Announcement.Followed(
        _services, Log, _vm, Self, LifeChange.StateLost, _incarnation,
        $"its device lost its record: {dropped} bytes of output were dropped, {givenUp} bytes of input may not have reached the guest");

    /// <inheritdoc/>
    public void Adopted(in PortOrigin origin)
    {
        if (origin.Describe(_open.Spec) is not { } sentence)
            return;
        Announcement.Followed(_services, Log, _vm, Self, LifeChange.StateLost, _incarnation, sentence);
        _device.Send(new DeviceHop.Notice(sentence), Self);
    }

    /// <inheritdoc/>
    public void Remembered(FencingToken seen)
    {
        if (Timers.IsTimerActive(RememberedKey))
            return;
        Timers.StartSingleTimer(RememberedKey, NextTurn.Instance, _again);
        _again = _again * 2 < LongestAgain ? _again * 2 : LongestAgain;
        _device.Send(new DeviceHop.Remembered(_function, seen), Self);
    }

    /// <inheritdoc/>
    public void Complain(string complaint) => Log.Warning("{0}: port {1}: {2}", _vm, _open.Spec.Name, complaint);

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Listen();
        if (_incarnation == 0 && _port.TryPlace())
            _port.Begin();
        else if (_incarnation == 0)
            Self.Tell(NextTurn.Instance);
        else
            MustResume();
    }

    /// <summary>Not the end: the backend stays open.</summary>
    protected override void PreRestart(Exception reason, object message) => StopListening();

    /// <inheritdoc/>
    protected override void PostRestart(Exception reason)
    {
        Announcement.Followed(_services, Log, _vm, Self, LifeChange.Restarted, _incarnation);
        _device = new Link(LinkSite.PortEvent, Context.Parent, _services);
        if (_open.Closed is not null)
            return;
        Listen();
        MustResume();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        if (_open.Closed is null && IsOwner)
            CloseBackend();
    }

    /// <inheritdoc/>
    public InspectNode Inspect() => PortInspection.Of(_index, _open.Spec, _port);

    /// <inheritdoc/>
    protected override void Unhandled(object message)
    {
        if (!Inspection.Answers(Context, message, this))
            base.Unhandled(message);
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        if (!IsOwner)
            return;
        if (_open.Closed is { } closed)
        {
            if (message is PortHop.Close)
                _device.Send(closed, Self);
            return;
        }

        if (message is PortHop.Raise raise)
            _port.Raise(raise.Fence);
        if (message is not PortHop.Close && !_port.TryPlace())
            return;
        if (_mustResume)
        {
            _mustResume = false;
            _port.Resume(this);
        }

        switch (message)
        {
            case PortHop.Write write:
                var before = _port.FromGuest;
                _port.Take(write);
                if (_services.Trace is { } trace && _port.FromGuest > before)
                    trace.Taken(_vm, _port.FromGuest - before);
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
            case PortHop.Raise:
                _port.Turn();
                break;
            case PortHop.Emergency emergency:
                _port.Take(emergency);
                break;
            case PortHop.Resume resume:
                _port.Take(resume);
                if (_open.Backend is ISizedBackend window)
                    TellSize(window);
                break;
            case WatchTick:
                if (_port.Repeat())
                    _watch.GoOn();
                else
                    _watch.Stop();
                break;
            case PortHop.Drain:
                _port.Drain();
                break;
            case PortHop.Close close:
                _port.Take(close);
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

        if (_closing && _open.Closed is null && _port.IsFlushed)
            Finish();
    }

    /// <summary>False for an incarnation that lives on although it was superseded: it must not touch the backend.</summary>
    private bool IsOwner => _incarnation == _open.Incarnation;

    /// <summary>What can fail is done in a message, where a failure is one like any other.</summary>
    private void MustResume()
    {
        _mustResume = true;
        Self.Tell(NextTurn.Instance);
    }

    private void Listen()
    {
        _device = new Link(LinkSite.PortEvent, Context.Parent, _services);
        _open.Events.Bind(Self);
        if (_open.Backend is not ISizedBackend sized)
            return;
        var self = Self;
        _resized = (_, _) => self.Tell(WindowChanged.Instance, ActorRefs.NoSender);
        sized.SizeChanged += _resized;
        TellSize(sized);
    }

    private void StopListening()
    {
        if (_resized is not null && _open.Backend is ISizedBackend sized)
            sized.SizeChanged -= _resized;
        _resized = null;
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
        StopListening();
        _port.Close();
    }

    private void Finish()
    {
        Timers.CancelAll();
        CloseBackend();
        if (_port.Drops.Total > 0)
            Log.Info("{0}: port {1}: {2}", _vm, _open.Spec.Name, _port.Drops);
        var closed = new PortHop.Closed(_index, _port.Report);
        _open.Closed = closed;
        _device.Send(closed, Self);
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

    private sealed class Producer(VmId vm, Bdf function, int index, OpenPort open, RoomServices services) : IIndirectActorProducer
    {
        public Type ActorType => typeof(PortActor);

        private bool _isRestart;

        public ActorBase Produce()
        {
            if (_isRestart)
                open.Supersede();
            _isRestart = true;
            return new PortActor(vm, function, index, open, services);
        }

        public void Release(ActorBase actor)
        {
        }
    }
}
