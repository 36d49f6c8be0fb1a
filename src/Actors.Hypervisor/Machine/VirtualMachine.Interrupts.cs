using Actors.Protocol;

namespace Actors.Hypervisor;

/// <content>Interrupts on their way to the vCPUs.</content>
internal sealed partial class VirtualMachine
{
    /// <summary>INJECT_MSI.</summary>
    public void InjectMsi(uint epoch, ulong source, ulong sequence, ulong address, uint data, ulong oldest = 0)
    {
        if (!TakesInterrupt(epoch, source, sequence, oldest))
            return;

        if (_interrupts.InjectMsi(source, sequence, address, data, oldest))
            TraceInterrupt(data & 0xFF, "msi");
    }

    /// <summary>SET_IRQLINE.</summary>
    public void SetLine(uint epoch, ulong source, ulong sequence, int gsi, IrqLineOperation operation, ulong oldest = 0)
    {
        if (!TakesInterrupt(epoch, source, sequence, oldest))
            return;

        if (_interrupts.SetLine(source, sequence, gsi, operation, oldest))
            TraceInterrupt(gsi, "gsi");
    }

    /// <summary>A vCPU's guest took a vector that was offered to it, or its vCPU says so again.</summary>
    public void InterruptAccepted(uint epoch, int vcpu, ulong sequence, byte vector, bool confirm = false)
    {
        if (!IsCurrent(epoch) || !IsVcpu(vcpu))
            return;

        if (!_life.IsRunning)
        {
            Counters.WhileNotRunning++;
            return;
        }

        _vcpus[vcpu].IsHeard = true;
        if (!_interrupts.Accepted(vcpu, sequence, vector))
            Counters.StaleAcceptances++;
        if (confirm)
            _host.AcceptancesSeen(vcpu, _interrupts.AcceptedBy(vcpu));
    }

    /// <summary>A vCPU has an offer that its guest doesn't take now.</summary>
    public void InterruptHeld(uint epoch, int vcpu, ulong sequence)
    {
        if (!IsCurrent(epoch) || !IsVcpu(vcpu))
            return;

        _vcpus[vcpu].IsHeard = true;
        _interrupts.Held(vcpu, sequence);
    }

    bool IInterruptSink.TakesInterrupts(int vcpu) => _life.IsRunning && _vcpus[vcpu].IsStarted && !_vcpus[vcpu].IsStopped;

    void IInterruptSink.Deliver(int vcpu, ulong sequence, byte vector)
    {
        Outstanding();
        _host.Deliver(vcpu, sequence, vector);
    }

    bool IInterruptSink.Initialize(int vcpu)
    {
        // Processors that wait for SIPI are in the state that INIT makes. One that runs can't be stopped within its epoch.
        if (vcpu != 0 && !_vcpus[vcpu].IsStarted)
            return true;

        Counters.IgnoredStartups++;
        return false;
    }

    void IInterruptSink.StartUp(int vcpu, byte vector)
    {
        if (vcpu == 0 || _vcpus[vcpu].IsStarted || _vcpus[vcpu].IsStopped)
            Counters.IgnoredStartups++;
        else
            Run(vcpu, vector);
    }

    void IInterruptSink.Acknowledge(ulong source, ulong sequence) => _host.InterruptSeen(source, sequence);

    private bool TakesInterrupt(uint epoch, ulong source, ulong sequence, ulong oldest)
    {
        if (!IsCurrent(epoch))
            return false;

        if (_life.State is VmState.Created or VmState.Running)
            return true;

        // Nobody will run in this epoch who could see it.
        Counters.WhileNotRunning++;
        _interrupts.Discard(source, sequence, oldest);
        return false;
    }

    private void TraceInterrupt(long detail, string name) =>
        _trace?.Record(new PathStep(PathHop.InjectInterrupt, _vm, -1, 0, default, detail, name) { At = PathRoom.Hypervisor });
}
