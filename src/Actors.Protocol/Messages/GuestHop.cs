namespace Actors.Protocol;

/// <summary>
/// Between a vCPU actor and its parent, the VM's hypervisor actor. Everything carries the VM's epoch; a receiver drops what carries another one.
/// A vCPU has at most one exit outstanding and is blocked while it has.
/// </summary>
public static class GuestHop
{
    /// <summary>vCPU to hypervisor: the engine stopped with an access. Repeated unchanged while unanswered.</summary>
    public sealed record IoExit(uint Epoch, IoRequest Request) : IWireMessage;

    /// <summary>vCPU to hypervisor: the engine will run no more in this epoch.</summary>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Vcpu">Which.</param>
    /// <param name="Fault">Null when its program ended (halted for ever); else what went wrong, one line (a triple fault).</param>
    public sealed record VcpuEnded(uint Epoch, int Vcpu, string? Fault) : IWireMessage;

    /// <summary>vCPU to hypervisor: the answer to <see cref="PauseVcpu"/>; it will send nothing more in this epoch.</summary>
    public sealed record VcpuPaused(uint Epoch, int Vcpu) : IWireMessage;

    /// <summary>Hypervisor to vCPU: answer to <see cref="IoExit"/>. Dropped unless epoch and sequence are the outstanding ones.</summary>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Sequence">Of the request.</param>
    /// <param name="Value">Value read, already cut to the size of the access; 0 for a write.</param>
    /// <param name="Outcome">How it ended.</param>
    public sealed record IoCompletion(uint Epoch, ulong Sequence, ulong Value, IoOutcome Outcome) : IWireMessage;

    /// <summary>Hypervisor to vCPU: a vector is injected. The local APIC has already moved it from IRR to ISR.</summary>
    public sealed record InterruptDelivery(uint Epoch, byte Vector) : IWireMessage;

    /// <summary>Hypervisor to vCPU: begin. A vCPU that runs already in this epoch ignores it.</summary>
    /// <param name="Epoch">The epoch that begins for the vCPU.</param>
    /// <param name="StartupVector">SIPI vector for an application processor; 0 for the boot processor.</param>
    public sealed record RunVcpu(uint Epoch, byte StartupVector) : IWireMessage;

    /// <summary>Hypervisor to vCPU: stop for good in this epoch (ZOMBIE). Answered by <see cref="VcpuPaused"/>, also when repeated.</summary>
    public sealed record PauseVcpu(uint Epoch) : IWireMessage;
}

/// <summary>How an access ended.</summary>
public enum IoOutcome : byte
{
    /// <summary>Done; a read has its value.</summary>
    Completed,

    /// <summary>#GP(0) in the guest: the access straddled an emulated range, or its slot was not free.</summary>
    GeneralProtection,
}
