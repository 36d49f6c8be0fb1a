namespace Actors.Protocol;

/// <summary>
/// Interrupts on their way device model to HSM to hypervisor; the HSM passes them on unchanged. <c>Source</c> and <c>Sequence</c> name an
/// interrupt: the hypervisor applies one that it has seen only once, in whatever order they come.
/// <para>An edge that is lost can't be seen in the next one, so each is repeated until acknowledged, cumulatively and seldom. Whoever raises keeps what isn't acknowledged and, after
/// 250 ms without a word, sends it again (at least the oldest); an idle sender has nothing unacknowledged and no timer. The hypervisor acknowledges every 32nd of a source, the
/// first that comes behind a gap, the one that fills it, and a repeat of the oldest. An acknowledgement that says nothing new means that the one behind it is missing. Only the last of several equal
/// interrupts (or levels of a line) needs to be kept: edges may merge, but not to none.</para>
/// </summary>
public static class InterruptHop
{
    /// <summary>Hypercall INJECT_MSI.</summary>
    /// <param name="Vm">To whom.</param>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Source">Who raises: a PCI requester id, or <see cref="IrqfdSource"/> plus cookie.</param>
    /// <param name="Sequence">Counts from 1 per source and epoch. A sender that lost its count goes on behind everything it may have sent.</param>
    /// <param name="Address">MSI address; 31:20 must be 0xFEE.</param>
    /// <param name="Data">MSI data.</param>
    /// <param name="Oldest">The lowest sequence that the sender keeps; nobody waits for those before it. 0 from a sender that keeps none.</param>
    public sealed record InjectMsi(VmId Vm, uint Epoch, ulong Source, ulong Sequence, ulong Address, uint Data, ulong Oldest = 0) : IWireMessage;

    /// <summary>Hypercall SET_IRQLINE on a global system interrupt (vIOAPIC pin; below 16 also the vPIC).</summary>
    /// <param name="Vm">To whom.</param>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Source">Who sets the line.</param>
    /// <param name="Sequence">Counts from 1 per source and epoch.</param>
    /// <param name="Gsi">Which line.</param>
    /// <param name="Operation">What happens to it.</param>
    /// <param name="Oldest">As in <see cref="InjectMsi"/>.</param>
    public sealed record SetIrqLine(VmId Vm, uint Epoch, ulong Source, ulong Sequence, int Gsi, IrqLineOperation Operation, ulong Oldest = 0) : IWireMessage;

    /// <summary>Hypervisor to HSM to the device model's VM actor: every interrupt of this source up to this sequence is applied, refused for good, or was given up by its sender.</summary>
    /// <param name="Vm">Whose.</param>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Source">Of the interrupts.</param>
    /// <param name="Sequence">The last of them; 0 when not even the first came.</param>
    public sealed record InterruptSeen(VmId Vm, uint Epoch, ulong Source, ulong Sequence) : IWireMessage;

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
