using System.Collections.Immutable;

namespace Actors.Protocol;

/// <summary>
/// Between the hypervisor's VM actor and the HSM's VM actor. Requests are at least once on the wire and exactly once in effect:
/// the hypervisor raises an unanswered upcall again; the HSM does nothing for a (vCPU, sequence) that it has in hand, and repeats
/// the answer for the last one it finished.
/// </summary>
public static class UpcallHop
{
    /// <summary>
    /// Hypervisor to HSM: vector <paramref name="Vector"/> is injected. Where ACRN's receiver reads the shared page, this message carries the
    /// slots, and with them the ownership of their content.
    /// </summary>
    /// <param name="Vm">Whose page.</param>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Vector">HSM notification vector.</param>
    /// <param name="Request">A PENDING slot.</param>
    /// <param name="AlsoPending">Further PENDING slots (a coalesced or repeated upcall); default when none.</param>
    public sealed record Upcall(VmId Vm, uint Epoch, byte Vector, IoRequest Request, ImmutableArray<IoRequest> AlsoPending) : IWireMessage;

    /// <summary>HSM to hypervisor: hypercall NOTIFY_REQUEST_FINISH; the slot is COMPLETE with this value. Not sent for a polling VM.</summary>
    public sealed record RequestFinished(VmId Vm, uint Epoch, int Vcpu, ulong Sequence, ulong Value) : IWireMessage;

    /// <summary>Hypervisor to HSM: a polling vCPU looks at its slot.</summary>
    public sealed record PollSlot(VmId Vm, uint Epoch, int Vcpu, ulong Sequence) : IWireMessage;

    /// <summary>HSM to hypervisor: what a polling vCPU sees. <paramref name="Value"/> counts when the state is COMPLETE.</summary>
    public sealed record SlotSeen(VmId Vm, uint Epoch, int Vcpu, ulong Sequence, IoRequestSlotState State, ulong Value) : IWireMessage;

    /// <summary>Hypervisor to HSM: a cookie went into the asyncio ring.</summary>
    /// <param name="Vm">Whose ring.</param>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Position">Where, counted from 1 in this epoch.</param>
    /// <param name="Cookie">Of the doorbell.</param>
    /// <param name="Oldest">The lowest position that the hypervisor keeps: those before it are drained. 0 when it isn't told.</param>
    public sealed record AsyncioKick(VmId Vm, uint Epoch, ulong Position, ulong Cookie, ulong Oldest = 0) : IWireMessage;

    /// <summary>HSM to hypervisor: everything up to <paramref name="Position"/> is drained. Sent at least every 64 kicks, and for every kick that was seen before.</summary>
    public sealed record AsyncioDrained(VmId Vm, uint Epoch, ulong Position) : IWireMessage;

    /// <summary>HSM to hypervisor: hypercalls ASYNCIO_ASSIGN and ASYNCIO_DEASSIGN. Answered by <see cref="AsyncioResult"/>.</summary>
    /// <param name="Vm">Whose table.</param>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Id">Correlates the answer.</param>
    /// <param name="Assign">True to add, false to remove.</param>
    /// <param name="Descriptor">The entry.</param>
    public sealed record SetAsyncio(VmId Vm, uint Epoch, long Id, bool Assign, AsyncioDescriptor Descriptor) : IWireMessage;

    /// <summary>Hypervisor to HSM: what came of <see cref="SetAsyncio"/> (ACRN hides it; a refused entry must fall back to an ioeventfd range).</summary>
    public sealed record AsyncioResult(VmId Vm, uint Epoch, long Id, Errno Result) : IWireMessage;

    /// <summary>
    /// HSM to hypervisor: the HSM's actor of the VM was restarted and knows no request any more. The hypervisor forgets the asyncio entries of the one before, since the new one asserts
    /// its own, and answers with <see cref="PageState"/>. Repeated until answered.
    /// </summary>
    /// <param name="Vm">Whose page.</param>
    /// <param name="Epoch">The VM's epoch, as far as the HSM knows.</param>
    /// <param name="Incarnation">One more with each restart.</param>
    public sealed record PageLost(VmId Vm, uint Epoch, int Incarnation) : IWireMessage;

    /// <summary>Hypervisor to HSM: what the service side needs to go on.</summary>
    /// <param name="Vm">Whose page.</param>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Incarnation">Whose question this answers.</param>
    /// <param name="PciConfigAddress">What the guest wrote to CF8 last.</param>
    /// <param name="Pending">Every PENDING slot; default when there is none.</param>
    public sealed record PageState(VmId Vm, uint Epoch, int Incarnation, uint PciConfigAddress, ImmutableArray<IoRequest> Pending) : IWireMessage;
}

/// <summary>A doorbell that the hypervisor recognises by itself (acrn-io-path 1.4).</summary>
/// <param name="Type"><see cref="IoRequestType.PortIo"/> or <see cref="IoRequestType.Mmio"/>.</param>
/// <param name="Address">Equal address, not a range; 0 is refused.</param>
/// <param name="Length">Largest access in bytes: 1, 2, 4 or 8.</param>
/// <param name="DataMatch">True to compare the value written with <paramref name="Data"/>.</param>
/// <param name="Data">The value.</param>
/// <param name="Cookie">Names the doorbell in the ring.</param>
public readonly record struct AsyncioDescriptor(IoRequestType Type, ulong Address, byte Length, bool DataMatch, ulong Data, ulong Cookie);
