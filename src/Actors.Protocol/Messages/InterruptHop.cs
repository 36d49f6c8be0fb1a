namespace Actors.Protocol;

/// <summary>
/// Interrupts on their way device model to HSM to hypervisor; the HSM passes them on unchanged. <c>Source</c> and <c>Sequence</c> name an
/// interrupt: the hypervisor applies one that it has seen only once.
/// </summary>
public static class InterruptHop
{
    /// <summary>Hypercall INJECT_MSI.</summary>
    /// <param name="Vm">To whom.</param>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Source">Who raises: a PCI requester id, or <see cref="IrqfdSource"/> plus cookie.</param>
    /// <param name="Sequence">Counts from 1 per source and epoch.</param>
    /// <param name="Address">MSI address; 31:20 must be 0xFEE.</param>
    /// <param name="Data">MSI data.</param>
    public sealed record InjectMsi(VmId Vm, uint Epoch, ulong Source, ulong Sequence, ulong Address, uint Data) : IWireMessage;

    /// <summary>Hypercall SET_IRQLINE on a global system interrupt (vIOAPIC pin; below 16 also the vPIC).</summary>
    public sealed record SetIrqLine(VmId Vm, uint Epoch, ulong Source, ulong Sequence, int Gsi, IrqLineOperation Operation) : IWireMessage;

    /// <summary>Added to an irqfd's cookie to make an interrupt source.</summary>
    public const ulong IrqfdSource = 1UL << 63;
}

/// <summary>Operations of SET_IRQLINE. The numbers are the ABI's.</summary>
public enum IrqLineOperation : byte
{
    /// <summary>Line high.</summary>
    SetHigh = 0,

    /// <summary>Line low.</summary>
    SetLow = 1,

    /// <summary>Low, high, low.</summary>
    RaisingPulse = 2,

    /// <summary>High, low, high.</summary>
    FallingPulse = 3,
}
