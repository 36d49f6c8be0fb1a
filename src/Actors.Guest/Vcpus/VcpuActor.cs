using Actors.Protocol;
using Akka.Actor;

namespace Actors.Guest;

/// <summary>
/// One vCPU. Its engine runs inside the message that lets it go on, up to the next stop. A restart (a defect of ours: a guest can't cause
/// one) keeps the core, and so epoch and counters, but ends the engine, whose state may be anything: the hypervisor hears of a fault, until it says so.
/// </summary>
internal sealed class VcpuActor : UntypedActor, IWithTimers, IInspectable
{
    private static readonly object ContinueMessage = new ContinueRunning();
    private static readonly object LookMessage = new LookAtExit();

    private readonly VcpuCore _core;
    private readonly Link _hypervisor;
    private readonly PathTrace? _trace;
    private readonly RetryTimer _look;
    private bool _continueQueued;
    private int _witnesses;

    public VcpuActor(VcpuCore core, RoomServices services)
    {
        _core = core;
        _hypervisor = new Link(LinkSite.VcpuExit, Context.Parent, services);
        _trace = services.Trace;
        _look = new RetryTimer(this, LookMessage, services);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>For tests and reports.</summary>
    internal VcpuCore Core => _core;

    /// <summary>True while the repeat timer runs.</summary>
    internal bool IsLooking => _look.IsOn;

    /// <inheritdoc/>
    public InspectNode Inspect() => _core.Inspect();

    /// <inheritdoc/>
    protected override void Unhandled(object message)
    {
        if (!Inspection.Answers(Context, message, this))
            base.Unhandled(message);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GuestHop.IoCompletion completion:
                OnCompletion(completion);
                break;
            case GuestHop.InterruptDelivery interrupt:
                OnInterrupt(interrupt);
                break;
            case ContinueRunning:
                _continueQueued = false;
                Follow(_core.Continue());
                break;
            case LookAtExit:
                OnLook();
                break;
            case GuestHop.AcceptancesSeen seen:
                _core.Confirm(seen);
                break;
            case GuestHop.RunVcpu run:
                Follow(_core.Run(run));
                break;
            case GuestHop.PauseVcpu pause:
                OnPause(pause);
                break;
            case VcpuNudge:
                Follow(_core.Nudge());
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void PreRestart(Exception reason, object message)
    {
        if (_core.Fail(reason))
            _hypervisor.Send(_core.Ended!, Self);
        base.PreRestart(reason, message);
    }

    /// <inheritdoc/>
    protected override void PostRestart(Exception reason)
    {
        base.PostRestart(reason);
        if (_core.Ended is not null)
            StartLooking();
    }

    private void OnCompletion(GuestHop.IoCompletion completion)
    {
        if (!_core.IsAnswer(completion))
            return;
        _trace?.Record(new PathStep(PathHop.VmEntry, _core.Vm, _core.Index, completion.Sequence, _core.Exit!.Request.Access));
        Follow(_core.Complete(completion.Value, completion.Outcome));
    }

    private void OnInterrupt(GuestHop.InterruptDelivery interrupt)
    {
        switch (_core.Arrived(interrupt))
        {
            case InterruptArrival.New:
                _trace?.Record(new PathStep(PathHop.VcpuInterrupt, _core.Vm, _core.Index, 0, default, interrupt.Vector));
                Follow(_core.Interrupt(interrupt.Vector));
                break;
            case InterruptArrival.Taken:
                SendAcceptances();
                break;
            case InterruptArrival.Held:
                _hypervisor.Send(new GuestHop.InterruptHeld(interrupt.Epoch, _core.Index, interrupt.Sequence), Self);
                MissTimer();
                break;
            case InterruptArrival.Stale:
                MissTimer();
                break;
        }
    }

    private void OnPause(GuestHop.PauseVcpu pause)
    {
        if (!_core.Pause(pause))
            return;
        _look.Stop();
        _hypervisor.Send(new GuestHop.VcpuPaused(pause.Epoch, _core.Index), Self);
    }

    private void OnLook()
    {
        _witnesses = 0;
        switch (_core.Look())
        {
            case RepeatTurn.SendAcceptances:
                SendAcceptances();
                break;
            case RepeatTurn.SendEnded:
                _hypervisor.Send(_core.Ended!, Self);
                break;
            case RepeatTurn.SendExit:
                SendAcceptances();
                _hypervisor.Send(_core.Exit!, Self);
                break;
            case RepeatTurn.StopLooking:
                _look.Stop();
                break;
        }

        _look.GoOn();
    }

    private void Follow(VcpuTurn turn)
    {
        if (_core.HasAcceptances)
        {
            if (_core.OwesAcceptance)
                StartLooking();
            SendAcceptances();
        }

        switch (turn)
        {
            case VcpuTurn.SendExit:
                SendExit(_core.Exit!);
                break;
            case VcpuTurn.SendEnded:
                StartLooking();
                _hypervisor.Send(_core.Ended!, Self);
                break;
            case VcpuTurn.SendRuns:
                _hypervisor.Send(new GuestHop.VcpuRuns(_core.Epoch, _core.Index), Self);
                break;
            case VcpuTurn.Yield when !_continueQueued:
                // One at a time, also over a reset: two would give this vCPU two turns in each round.
                _continueQueued = true;
                Self.Tell(ContinueMessage, Self);
                break;
        }
    }

    private void SendExit(GuestHop.IoExit exit)
    {
        _trace?.Record(new PathStep(PathHop.VmExit, _core.Vm, _core.Index, exit.Request.Sequence, exit.Request.Access));
        StartLooking();
        _hypervisor.Send(exit, Self);
    }

    private void StartLooking()
    {
        if (!_look.IsOn)
            _core.BeginLooking();
        _look.Start();
    }

    /// <summary>Several repeats from the other side between two looks: the timer may be gone. It is started again, once until the next look.</summary>
    private void MissTimer()
    {
        if (_look.IsOn && ++_witnesses == 3)
            _look.Restart();
    }

    private void SendAcceptances()
    {
        while (_core.TryTakeAcceptance(out var acceptance))
            _hypervisor.Send(acceptance, Self);
    }

    /// <summary>To itself: go on after a time slice.</summary>
    private sealed class ContinueRunning;

    /// <summary>To itself, by timer: is the exit answered?</summary>
    private sealed class LookAtExit;
}
