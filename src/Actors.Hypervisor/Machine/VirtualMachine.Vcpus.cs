using Actors.Protocol;

namespace Actors.Hypervisor;

/// <content>vCPUs that start, end and pause, and the events of the machine.</content>
internal sealed partial class VirtualMachine
{
    /// <summary>A vCPU will run no more in this epoch.</summary>
    public void VcpuEnded(uint epoch, int vcpu, string? fault)
    {
        if (!IsCurrent(epoch) || !IsVcpu(vcpu))
            return;

        // It repeats this until it hears something.
        _host.Pause(vcpu);
        Stopped(vcpu);
        if (fault is not null && _life.IsRunning)
            Request(VmEventKind.TripleFault, fault);
    }

    /// <summary>A vCPU's actor failed; it will run again from the next epoch on.</summary>
    public void VcpuCrashed(int vcpu, string reason)
    {
        // One that hasn't begun has lost nothing.
        if (IsVcpu(vcpu) && _vcpus[vcpu].IsStarted)
            VcpuEnded(_life.Epoch, vcpu, reason);
    }

    /// <summary>Something of ours failed in the middle of a message: the guest can't be trusted to this machine any longer.</summary>
    public void Failed(string reason)
    {
        // A command that it happened in has no result; it is done anew when it comes again.
        if (!_commandDone && _command != VmCommandKind.Pause)
            _hasCommand = false;

        if (_life.IsRunning)
            Request(VmEventKind.TripleFault, reason);
    }

    /// <summary>
    /// For a fresh machine in the place of one whose state is lost: it goes on where that stood in its life. A guest that ran is gone with its interrupt controllers and vCPUs,
    /// which nobody else knows: its end is announced, and pausing, resetting and destroying work as ever. Slots are FREE.
    /// </summary>
    public void Recover(VmState state, string reason)
    {
        _life.Restore(_life.Epoch, state == VmState.Pausing ? VmState.Paused : state);
        if (_life.IsRunning)
            Request(VmEventKind.TripleFault, reason);
    }

    /// <summary>A vCPU says that it runs.</summary>
    public void VcpuRuns(uint epoch, int vcpu)
    {
        if (IsCurrent(epoch) && IsVcpu(vcpu))
            _vcpus[vcpu].IsHeard = true;
    }

    /// <summary>A vCPU obeyed.</summary>
    public void VcpuPaused(uint epoch, int vcpu)
    {
        if (IsCurrent(epoch) && IsVcpu(vcpu))
            Stopped(vcpu);
    }

    /// <summary>A device, or a vCPU's fault, asks for the machine's end. The first wish counts.</summary>
    public void Request(VmEventKind kind) => Request(kind, detail: null);

    private void Request(VmEventKind kind, string? detail)
    {
        if (_hasEvent)
            return;

        _hasEvent = true;
        _event = kind;
        _eventDetail = detail is { Length: > MaxDetail } ? detail[..MaxDetail] : detail;
        Outstanding();
        _host.Announce(_event, _eventDetail);
    }

    private void Stopped(int index)
    {
        ref var vcpu = ref _vcpus[index];
        vcpu.IsHeard = true;
        vcpu.IsStopped = true;
        if (_life.State == VmState.Pausing)
            TryFinishPause();
    }

    private void Run(int index, byte startupVector)
    {
        ref var vcpu = ref _vcpus[index];
        vcpu.IsStarted = true;
        vcpu.StartupVector = startupVector;
        Outstanding();
        _host.Run(index, startupVector);
        _interrupts.Started(index);
    }
}
