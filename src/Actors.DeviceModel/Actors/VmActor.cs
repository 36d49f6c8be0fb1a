using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;
using Akka.Event;

namespace Actors.DeviceModel;

/// <summary>
/// <c>vm-N</c>: one acrn-dm. Opens the ports' backends, has the VM made, serves its default client, shares its interrupt lines, and takes it through resets to its end.
/// Supervision: devices are restarted with what <see cref="DeviceLife"/> keeps. One that is given up leaves a default to whoever in the guest waits for it (no vCPU
/// hangs), and the machine ends as failed, in order on all sides. This actor itself is resumed after an error (see <see cref="DeviceModelActor"/>): routes, requests and
/// the step of the life cycle are nowhere else.
/// Mailbox: one request a vCPU, one answer a device, repetitions every <see cref="RetryPace"/>.
/// </summary>
internal sealed partial class VmActor : UntypedActor, IWithTimers, IInspectable
{

    /// <summary>Repetitions of a step on the way to the end before it is passed over: nobody answers any more.</summary>
    private const int MaxEndRepeats = 40;

    private readonly MachineOrder _order;
    private readonly VmSpec _spec;
    private readonly FencingToken _fence;
    private FencingToken _token;
    private readonly Link _hsmRoot;
    private readonly RoomServices _services;
    private readonly IPortBackendFactory _backends;
    private readonly DeviceCatalog _devices;
    private readonly MachineLifecycle _life = new();
    private readonly MachineBus _bus;
    private readonly MachineLife _kept;
    private readonly IntxLines _lines = new();
    private readonly RequestLog<PendingRequest> _requests = new();
    private ImmutableArray<string> _notices = [];
    private Link _hsm;
    private uint _epoch;
    private long _commandId;
    private int _repeats;
    private int _outstandingAccesses;
    private readonly RetryTimer _watch;
    private bool _started;
    private ILoggingAdapter? _log;

    private VmActor(MachineOrder order, IActorRef hsm, IPortBackendFactory backends, DeviceCatalog devices, RoomServices services, MachineLife kept)
    {
        _kept = kept;
        _order = order;
        _spec = order.Spec;
        _token = _fence = order.Fence;
        _commandId = order.FirstId;
        _services = services;
        _watch = new RetryTimer(this, WatchTick.Instance, services);
        _backends = backends;
        _devices = devices;
        _hsmRoot = new Link(LinkSite.VmControl, hsm, services);
        _bus = new MachineBus(_spec.MemoryBytes);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Requests and answers of an earlier epoch or sequence.</summary>
    internal long Stale { get; private set; }

    private ILoggingAdapter Log => _log ??= Context.GetLogger();

    /// <summary>Makes props.</summary>
    public static Props Props(MachineOrder order, IActorRef hsm, IPortBackendFactory backends, DeviceCatalog devices, RoomServices services, MachineLife kept) =>
        Akka.Actor.Props.CreateBy(new Producer(order, hsm, backends, devices, services, kept));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new Supervision(OnDeviceCrash);

    /// <inheritdoc/>
    protected override void PreStart()
    {
        try
        {
            AddDevices();
            if (_order.IsAdoption)
                _life.BeginAdoption();
            else
                OpenPorts();
        }
        catch (Exception exception) when (exception is BackendOpenException or PciSetupException)
        {
            CloseUnowned();
            Finish(_order.IsAdoption
                ? new MachineHop.AdoptionRefused(_spec.Vm, _fence, Errno.Invalid, exception.Message, SeenBy(exception))
                : new MachineHop.VmRefused(_spec.Vm, exception.Message, SeenBy(exception)));
            return;
        }
        catch
        {
            CloseUnowned();
            throw;
        }

        Enter();
    }

    /// <inheritdoc/>
    protected override void PostStop() => CloseUnowned();

    /// <inheritdoc/>
    public InspectNode Inspect() => InspectNode.Branch(
        "device-model",
        InspectNode.Leaf("step", _life.Step), InspectNode.Leaf("started", _started), InspectNode.Leaf("ending", _life.IsEnding), InspectNode.Leaf("epoch", _epoch),
        InspectNode.Leaf("devices", _bus.Slots.Count), InspectNode.Leaf("outstanding", _outstandingAccesses), InspectNode.Leaf("stale", Stale));

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
            case DispatchHop.DispatchRequest request:
                OnRequest(request);
                break;
            case DeviceHop.AccessDone done:
                OnAccessDone(done);
                break;
            case DeviceHop.Intx intx:
                OnIntx(intx);
                break;
            case InterruptHop.InterruptSeen seen:
                OnInterruptSeen(seen);
                break;
            case WatchTick:
                OnWatchTick();
                break;
            default:
                ReceiveLifecycle(message);
                break;
        }
    }

    private void ReceiveLifecycle(object message)
    {
        switch (message)
        {
            case ControlHop.VmCreated created:
                OnCreated(created);
                break;
            case ControlHop.VmAdopted adopted:
                OnAdopted(adopted);
                break;
            case MemoryHop.Records records:
                OnRecords(records);
                break;
            case ControlHop.ServiceFenced fenced:
                OnFenced(fenced);
                break;
            case DeviceHop.Notice notice:
                Context.Parent.Tell(new Outcome(_spec.Vm, new MachineHop.VmNotice(_spec.Vm, notice.Sentence), IsLast: false));
                break;
            case DeviceHop.Remembered remembered:
                OnRemembered(remembered);
                break;
            case MachineHop.RaiseFence raise:
                OnRaise(raise.Fence);
                break;
            case ControlHop.VmCommandResult result:
                OnCommandResult(result);
                break;
            case DispatchHop.RegistrationsLost lost:
                OnRegistrationsLost(lost);
                break;
            case DeviceHop.RegisteringAgain again:
                OnRegisteringAgain(again);
                break;
            case ControlHop.VmEvent happened:
                OnEvent(happened);
                break;
            case Revive:
                OnRevive();
                break;
            case MachineHop.StopVm:
                End(VmEnd.Stopped, null);
                break;
            case DeviceHop.ResetDone done:
                OnDeviceStep(done.Function, MachineStep.ResetDevices, done.Epoch, done.Bars);
                break;
            case DeviceHop.EpochBegun begun:
                OnDeviceStep(begun.Function, MachineStep.BeginEpoch, begun.Epoch, begun.Bars);
                break;
            case DeviceHop.Restarted restarted:
                OnDeviceRestarted(restarted);
                break;
            case Drain:
                OnDrain();
                break;
            case DeviceHop.Drained drained:
                OnDrained(drained);
                break;
            case DeviceHop.Closed closed:
                OnDeviceClosed(closed);
                break;
            case Terminated terminated:
                OnDeviceGone(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
