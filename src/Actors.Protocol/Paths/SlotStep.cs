namespace Actors.Protocol;

/// <summary>One edge of a slot of the I/O request page, as <c>io_req.c</c> and <c>ioreq.c</c> take them.</summary>
/// <param name="Vm">Whose page.</param>
/// <param name="Epoch">The VM's epoch.</param>
/// <param name="Vcpu">The slot's index.</param>
/// <param name="Sequence">Sequence of the request in it.</param>
/// <param name="From">State before.</param>
/// <param name="To">State after.</param>
/// <param name="Owner">Who took the edge.</param>
public readonly record struct SlotStep(
    VmId Vm, uint Epoch, int Vcpu, ulong Sequence, IoRequestSlotState From, IoRequestSlotState To, SlotOwner Owner);

/// <summary>Who may change a slot's state.</summary>
public enum SlotOwner : byte
{
    /// <summary>The hypervisor: FREE to PENDING, COMPLETE to FREE.</summary>
    Hypervisor,

    /// <summary>The HSM: PENDING to PROCESSING, and PENDING to COMPLETE for CF8/CFC and while clearing.</summary>
    Hsm,

    /// <summary>A client: PROCESSING to COMPLETE.</summary>
    Client,

    /// <summary>Set-up or reset of the page: anything to FREE.</summary>
    Setup,
}
