using Actors.Protocol;

namespace Actors.Hypervisor;

/// <content>Exits of the vCPUs, and their completions.</content>
internal sealed partial class VirtualMachine
{
    /// <summary>A vCPU stopped with an access, or says so again.</summary>
    public void Exit(uint epoch, in IoRequest request, uint taken = 0)
    {
        if (!IsCurrent(epoch) || !IsVcpu(request.Vcpu))
            return;

        if (!_life.IsRunning)
        {
            Counters.WhileNotRunning++;
            return;
        }

        ref var vcpu = ref _vcpus[request.Vcpu];
        vcpu.IsHeard = true;
        if (request.Sequence <= vcpu.Sequence)
        {
            ExitAgain(request, ref vcpu);
            return;
        }

        if (!_interrupts.Heard(request.Vcpu, taken))
        {
            // An EOI may not overtake the acceptance of what it ends. The vCPU repeats both.
            Counters.EarlyExits++;
            return;
        }

        if (vcpu.Wait != VcpuWait.None || vcpu.IsStopped)
        {
            // A second exit of a blocked vCPU would need a slot that isn't FREE. What is outstanding stays so.
            Counters.OverlappingExits++;
            _host.Complete(request.Vcpu, request.Sequence, 0, IoOutcome.GeneralProtection);
            return;
        }

        vcpu.Sequence = request.Sequence;
        _trace?.Record(new PathStep(PathHop.EmulateIo, _vm, request.Vcpu, request.Sequence, request.Access));
        Emulate(request, ref vcpu);
    }

    private void ExitAgain(in IoRequest request, ref VcpuRecord vcpu)
    {
        if (request.Sequence < vcpu.Sequence || request.Sequence == 0)
        {
            Counters.StaleExits++;
            return;
        }

        // Either it is in hand, or its answer was lost.
        Counters.RepeatedExits++;
        if (vcpu.Wait == VcpuWait.None)
            _host.Complete(request.Vcpu, vcpu.Sequence, vcpu.Value, vcpu.Outcome);
        else
            MissTimer();
    }

    private void Emulate(in IoRequest request, ref VcpuRecord vcpu)
    {
        var access = request.Access;
        EmulationResult result;
        ulong value;
        string? name;
        switch (access.Type)
        {
            case IoRequestType.PortIo when access.Size is 1 or 2 or 4 && access.Address <= 0xFFFF:
                result = _ports.Access(access, out value, out var port);
                name = port?.Name;
                break;
            case IoRequestType.Mmio when access.Size is 1 or 2 or 4 or 8:
                result = _memory.Access(request.Vcpu, access, out value, out var device);
                name = device?.Name;
                break;
            case IoRequestType.WriteProtect:
                // ACRN passes it on, and its device model gives up; nobody has a use for it.
                Counters.WriteProtectFaults++;
                Answer(request.Vcpu, ref vcpu, access.AllOnes, IoOutcome.Completed, access);
                return;
            default:
                Counters.MalformedAccesses++;
                Answer(request.Vcpu, ref vcpu, 0, IoOutcome.GeneralProtection, access);
                return;
        }

        switch (result)
        {
            case EmulationResult.NotMine:
                Forward(request, ref vcpu);
                return;
            case EmulationResult.Refused:
                Counters.RefusedAccesses++;
                Answer(request.Vcpu, ref vcpu, 0, IoOutcome.GeneralProtection, access);
                return;
            case EmulationResult.Held:
                vcpu.Wait = VcpuWait.PowerSwitch;
                break;
            default:
                break;
        }

        if (_trace is not null)
        {
            var shown = access.IsWrite ? access.Value : value & access.AllOnes;
            _trace.Record(new PathStep(PathHop.HypervisorHandler, _vm, request.Vcpu, request.Sequence, access, (long)shown, name));
        }

        if (result == EmulationResult.Done)
            Answer(request.Vcpu, ref vcpu, value, IoOutcome.Completed, access);
    }

    private void Forward(in IoRequest request, ref VcpuRecord vcpu)
    {
        if (_asyncio.Count != 0 && _asyncio.TryMatch(request.Access, out var cookie))
        {
            if (_parked == 0 && TryKick(request, cookie))
            {
                Answer(request.Vcpu, ref vcpu, 0, IoOutcome.Completed, request.Access);
                return;
            }

            vcpu.Wait = VcpuWait.AsyncioRoom;
            vcpu.Access = request.Access;
            vcpu.Cookie = cookie;
            vcpu.ParkedAt = ++_parkings;
            _parked++;
            Counters.Parked++;
            return;
        }

        if (!_slots.Insert(request))
        {
            Answer(request.Vcpu, ref vcpu, 0, IoOutcome.GeneralProtection, request.Access);
            return;
        }

        vcpu.Wait = VcpuWait.Slot;
        Outstanding();
        if (_trace is not null)
        {
            _trace.Record(new PathStep(PathHop.InsertRequest, _vm, request.Vcpu, request.Sequence, request.Access));
            _trace.Record(new PathStep(PathHop.FireHsmInterrupt, _vm, request.Vcpu, request.Sequence, request.Access, _upcallVector));
        }

        _host.Upcall(_upcallVector, request, default);
        if (_polling)
            Poll(request.Vcpu, request.Sequence);
    }

    private void Answer(int index, ref VcpuRecord vcpu, ulong value, IoOutcome outcome, in IoAccess access)
    {
        vcpu.Wait = VcpuWait.None;
        vcpu.Outcome = outcome;
        vcpu.Value = access.IsWrite || outcome != IoOutcome.Completed ? 0 : value & access.AllOnes;
        _host.Complete(index, vcpu.Sequence, vcpu.Value, outcome);
    }

    // ---- completions ----

    /// <summary>NOTIFY_REQUEST_FINISH.</summary>
    public void Finished(uint epoch, int vcpu, ulong sequence, ulong value)
    {
        if (_slots.Finish(epoch, vcpu, sequence, value) != SlotCompletion.Accepted)
            return;

        if (_trace is not null)
        {
            var request = _slots.RequestIn(vcpu);
            _trace.Record(new PathStep(PathHop.NotifyRequestFinish, _vm, vcpu, sequence, request.Access, (long)value) { At = PathRoom.Hypervisor });
        }

        PostWork(vcpu);
    }

    /// <summary>A polling vCPU's look at its slot is answered.</summary>
    public void SlotSeen(uint epoch, int vcpu, ulong sequence, IoRequestSlotState state, ulong value)
    {
        if (!_slots.PollAnswered(epoch, vcpu, sequence))
        {
            Counters.StalePolls++;
            return;
        }

        if (state == IoRequestSlotState.Complete)
        {
            _slots.Finish(epoch, vcpu, sequence, value);
            PostWork(vcpu);
        }
        else if (_life.IsRunning)
        {
            // The spin of ACRN's polling vCPU, with the mailbox as its yield.
            Poll(vcpu, sequence);
        }
    }

    private void Poll(int vcpu, ulong sequence)
    {
        _slots.PollSent(vcpu);
        _host.Poll(vcpu, sequence);
    }

    private void PostWork(int index)
    {
        var request = _slots.PostWork(index, out var value);
        _trace?.Record(new PathStep(PathHop.PostWork, _vm, index, request.Sequence, request.Access, (long)value));
        ref var vcpu = ref _vcpus[index];
        if (_life.IsRunning && !vcpu.IsStopped)
        {
            Answer(index, ref vcpu, value, IoOutcome.Completed, request.Access);
        }
        else
        {
            // ZOMBIE: the slot is free, and the guest never learns.
            vcpu.Wait = VcpuWait.None;
            Counters.WhileNotRunning++;
        }
    }
}
