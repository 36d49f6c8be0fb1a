namespace Actors.Protocol;

/// <summary>
/// One edge of a slot of the I/O request page, as <c>io_req.c</c> and <c>ioreq.c</c> take them. Each edge is reported once, by the side that takes it; that
/// the other side learns of it isn't an edge.
/// <para>The hypervisor's view has FREE -> PENDING and COMPLETE -> FREE, both by <see cref="SlotOwner.Hypervisor"/>. The service's view has PENDING -> PROCESSING and PENDING -> COMPLETE by
/// <see cref="SlotOwner.Hsm"/>, and PROCESSING -> COMPLETE by <see cref="SlotOwner.Client"/> (by the HSM in the client's place when it clears, or the client is gone). Each view reports every slot's
/// way to FREE by <see cref="SlotOwner.Setup"/>: when it makes the page, when a reset begins an epoch, and when an actor that lost its page is restarted.</para>
/// <para>So all edges of one epoch, vCPU and sequence, in the order of their recording, are a way through the automaton. The views may differ for a while: the service's is FREE until
/// the upcall comes, the hypervisor's PENDING until the answer does, and a reset reaches one before the other. After a Setup of the service's view alone the service may
/// take a request that is PENDING in the hypervisor's through its edges anew. After one of the hypervisor's alone its guest is gone: the service may still take up and finish what was on its
/// way, and no answer has an effect.</para>
/// </summary>
/// <param name="Vm">Whose page.</param>
/// <param name="Epoch">The VM's epoch; of a Setup the one that begins or goes on with it.</param>
/// <param name="Vcpu">The slot's index.</param>
/// <param name="Sequence">Sequence of the request in it, 0 when there was none. It grows within an epoch.</param>
/// <param name="From">State before, as the view has it; of a page that was lost FREE.</param>
/// <param name="To">State after.</param>
/// <param name="Owner">Who took the edge.</param>
/// <param name="View">Whose copy of the page.</param>
public readonly record struct SlotStep(
    VmId Vm, uint Epoch, int Vcpu, ulong Sequence, IoRequestSlotState From, IoRequestSlotState To, SlotOwner Owner, SlotView View = SlotView.Hypervisor);

/// <summary>Who may change a slot's state.</summary>
public enum SlotOwner : byte
{
    /// <summary>The hypervisor: FREE to PENDING, COMPLETE to FREE.</summary>
    Hypervisor,

    /// <summary>The HSM: PENDING to PROCESSING, and PENDING to COMPLETE for what it serves itself (CF8/CFC), what nobody serves, and while clearing.</summary>
    Hsm,

    /// <summary>A client: PROCESSING to COMPLETE.</summary>
    Client,

    /// <summary>Set-up or reset of the page: anything to FREE.</summary>
    Setup,
}

/// <summary>Whose copy of a page: where ACRN shares memory, messages carry the slots.</summary>
public enum SlotView : byte
{
    /// <summary>The hypervisor's.</summary>
    Hypervisor,

    /// <summary>The HSM's.</summary>
    Service,
}
