using System.Diagnostics.CodeAnalysis;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// A vCPU without its mailbox: which epoch it is in, whether it runs, what it waits for. It has at most one exit outstanding. What comes
/// from another epoch, or answers another exit, changes nothing and is counted.
/// </summary>
internal sealed class VcpuCore(VmSpec spec, int index, IGuestMemory memory, IGuestCatalog catalog)
{
    private IVcpuEngine? _engine;
    private InterruptLanes? _interrupts;
    private ulong _sequence;
    private ulong _seenSequence;
    private bool _seenOutstanding;
    private bool _yielding;

    /// <summary>The VM.</summary>
    public VmId Vm => spec.Vm;

    /// <summary>Which of the VM's vCPUs.</summary>
    public int Index => index;

    /// <summary>The epoch, 0 before the first.</summary>
    public uint Epoch { get; private set; }

    /// <summary>The outstanding exit, or null.</summary>
    public GuestHop.IoExit? Exit { get; private set; }

    /// <summary>How the engine ended, in this epoch, or null.</summary>
    public GuestHop.VcpuEnded? Ended { get; private set; }

    /// <summary>Messages that came too late, too often or for another epoch.</summary>
    public long StaleMessages { get; private set; }

    /// <summary>Exits that were sent again.</summary>
    public long RepeatedExits { get; private set; }

    /// <summary>True when there is something for <see cref="TryTakeAcceptance"/>.</summary>
    public bool HasAcceptances => _interrupts is { HasUnsent: true };

    /// <summary>True when acceptances are to be repeated until they are confirmed.</summary>
    public bool OwesAcceptance => _interrupts is { OwesAcceptance: true };

    /// <summary>What is to be seen from outside.</summary>
    public InspectNode Inspect() => InspectNode.Branch(
        $"vcpu-{Index}",
        InspectNode.Leaf("epoch", Epoch), InspectNode.Leaf("running", IsRunning), InspectNode.Leaf("idle", IsIdle), InspectNode.Leaf("exit", Exit?.Request.Sequence), InspectNode.Leaf("access", Exit?.Request.Access),
        InspectNode.Leaf("ended", Ended is not null), InspectNode.Leaf("stale", StaleMessages), InspectNode.Leaf("repeated-exits", RepeatedExits));

    /// <summary>True from <see cref="Run"/> to <see cref="Pause"/> or the program's end.</summary>
    public bool IsRunning => _engine is not null;

    /// <summary>True while its guest does nothing until an interrupt comes.</summary>
    public bool IsIdle => IsRunning && Exit is null && !_yielding;

    /// <summary>Begins a newer epoch with a new engine.</summary>
    public VcpuTurn Run(GuestHop.RunVcpu message)
    {
        if (message.Epoch <= Epoch)
        {
            // A repeated one in this epoch is no surprise: who sends it may have heard nothing yet, or missed how the vCPU ended. It never wakes a paused one.
            if (message.Epoch == Epoch && Ended is not null)
                return VcpuTurn.SendEnded;
            if (IsRunning && message.Epoch == Epoch)
                return VcpuTurn.SendRuns;
            StaleMessages++;
            return VcpuTurn.Wait;
        }

        Stop(message.Epoch);
        _engine = MakeEngine(message.StartupVector);
        return Advance();
    }

    /// <summary>Stops for good in this epoch. False when the message is stale, else it is to be answered.</summary>
    public bool Pause(GuestHop.PauseVcpu message)
    {
        if (message.Epoch < Epoch)
        {
            StaleMessages++;
            return false;
        }

        Stop(message.Epoch);
        return true;
    }

    /// <summary>True when the completion answers the outstanding exit. Then <see cref="Complete"/> it.</summary>
    public bool IsAnswer(GuestHop.IoCompletion message)
    {
        if (Exit is not null && message.Epoch == Epoch && message.Sequence == _sequence)
            return true;
        StaleMessages++;
        return false;
    }

    /// <summary>Finishes the outstanding exit and runs on.</summary>
    public VcpuTurn Complete(ulong value, IoOutcome outcome)
    {
        Exit = null;
        _interrupts?.Confirm();
        _engine!.Complete(value, outcome);
        return Advance();
    }

    /// <summary>Looks at an offer. A new one is to be made pending by <see cref="Interrupt"/>; one that was taken already has its acceptance sent again.</summary>
    public InterruptArrival Arrived(GuestHop.InterruptDelivery message)
    {
        var arrival = InterruptArrival.Stale;
        if (IsRunning && message.Epoch == Epoch)
        {
            _interrupts ??= new InterruptLanes();
            arrival = _interrupts.Arrived(message.Sequence, message.Vector);
        }

        if (arrival == InterruptArrival.Stale)
            StaleMessages++;
        return arrival;
    }

    /// <summary>The next vector that the guest took and the hypervisor is to be told of, before anything else is sent.</summary>
    public bool TryTakeAcceptance([NotNullWhen(true)] out GuestHop.InterruptAccepted? message)
    {
        if (_interrupts is not null && _interrupts.TryTakeUnsent(out var sequence, out var vector, out var owed))
        {
            message = new GuestHop.InterruptAccepted(Epoch, index, sequence, vector, owed);
            return true;
        }

        message = null;
        return false;
    }

    /// <summary>Acceptances have arrived.</summary>
    public void Confirm(GuestHop.AcceptancesSeen message)
    {
        if (IsRunning && message.Epoch == Epoch)
            _interrupts?.Confirm(message.Taken);
        else
            StaleMessages++;
    }

    /// <summary>Pends a vector; runs on if the engine waited for one.</summary>
    public VcpuTurn Interrupt(byte vector)
    {
        _engine!.Interrupt(vector);
        return Exit is null && !_yielding ? Advance() : VcpuTurn.Wait;
    }

    /// <summary>Asks for the guest's attention; runs on if the engine waited for that.</summary>
    public VcpuTurn Nudge()
    {
        if (!IsRunning)
            return VcpuTurn.Wait;
        _engine!.Nudge();
        return Exit is null && !_yielding ? Advance() : VcpuTurn.Wait;
    }

    /// <summary>Goes on after <see cref="VcpuTurn.Yield"/>.</summary>
    public VcpuTurn Continue()
    {
        if (!_yielding)
            return VcpuTurn.Wait;
        _yielding = false;
        return Advance();
    }

    /// <summary>Called when the periodic look begins, because an exit was sent.</summary>
    public void BeginLooking()
    {
        _seenSequence = _sequence;
        _seenOutstanding = Exit is not null;
    }

    /// <summary>Called once in a period. An exit that was outstanding last time, too, is unanswered for too long.</summary>
    public RepeatTurn Look()
    {
        if (Ended is not null)
            return RepeatTurn.SendEnded;
        if (Exit is null && OwesAcceptance)
        {
            BeginLooking();
            _interrupts!.Repeat();
            return RepeatTurn.SendAcceptances;
        }

        var sameAsBefore = _sequence == _seenSequence;
        var idle = !_seenOutstanding && Exit is null;
        var unanswered = _seenOutstanding && Exit is not null;
        BeginLooking();
        if (!sameAsBefore)
            return RepeatTurn.Wait;
        if (idle)
            return RepeatTurn.StopLooking;
        if (!unanswered)
            return RepeatTurn.Wait;
        RepeatedExits++;
        _interrupts?.Repeat();
        return RepeatTurn.SendExit;
    }

    /// <summary>Ends the engine because its actor failed: an engine's state can't be rebuilt. True when it ran, and its end is to be sent.</summary>
    public bool Fail(Exception reason)
    {
        if (!IsRunning)
            return false;
        _engine = null;
        _yielding = false;
        Exit = null;
        Ended = new GuestHop.VcpuEnded(Epoch, index, FaultText.Of(reason));
        return true;
    }

    private VcpuTurn Advance()
    {
        var stop = _engine!.Run();
        if (stop.TookInterrupts)
            NoteTaken();
        switch (stop.Kind)
        {
            case EngineStopKind.Exit:
                Exit = new GuestHop.IoExit(Epoch, new IoRequest(index, ++_sequence, stop.Access), _interrupts is null ? 0 : _interrupts.Taken);
                return VcpuTurn.SendExit;
            case EngineStopKind.TimeSlice:
                _yielding = true;
                return VcpuTurn.Yield;
            case EngineStopKind.Ended:
                _engine = null;
                Ended = new GuestHop.VcpuEnded(Epoch, index, stop.Fault);
                return VcpuTurn.SendEnded;
            default:
                return VcpuTurn.Wait;
        }
    }

    private void NoteTaken()
    {
        while (_engine!.TryTakeTaken(out var vector))
            _interrupts?.Took(vector);
    }

    private void Stop(uint epoch)
    {
        Epoch = epoch;
        _interrupts = null;
        _engine = null;
        _sequence = 0;
        _seenSequence = 0;
        _seenOutstanding = false;
        _yielding = false;
        Exit = null;
        Ended = null;
    }

    [SuppressMessage("Design", "CA1031", Justification = "A guest that can't even be made faults like one that fails later.")]
    private IVcpuEngine MakeEngine(byte startupVector)
    {
        var cpu = new GuestCpu(index, spec.Vcpus, startupVector, spec.MemoryBytes, memory);
        try
        {
            return new ProgrammedEngine(catalog.Create(spec.Guest), cpu);
        }
        catch (Exception error)
        {
            return new FaultedEngine(error);
        }
    }
}
