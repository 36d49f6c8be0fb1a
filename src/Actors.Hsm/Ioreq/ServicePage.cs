using System.Diagnostics;
using System.Numerics;
using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>
/// The I/O request page of one VM as the service side sees it (acrn-io-path 1.3). The hypervisor owns FREE -> PENDING and COMPLETE -> FREE: here both lie in
/// <see cref="Accept"/>, which takes a newer request only where the last one is finished. The service side owns PENDING -> PROCESSING,
/// PENDING -> COMPLETE and PROCESSING -> COMPLETE. A slot keeps its content while COMPLETE, so that a lost answer can be repeated.
/// </summary>
internal class ServicePage
{
    private readonly PageSlot[] _slots;
    private readonly VmId _vm;
    private readonly PathTrace? _trace;
    private uint _pending;

    public ServicePage(int vcpus, VmId vm = default, PathTrace? trace = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vcpus, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vcpus, VmLimits.MaxVcpus);
        _slots = new PageSlot[vcpus];
        _vm = vm;
        _trace = trace;
        Array.Fill(_slots, new PageSlot { State = IoRequestSlotState.Free });
    }

    /// <summary>The epoch of what is in the slots.</summary>
    public uint Epoch { get; private set; }

    /// <summary>Slots in use, one a vCPU.</summary>
    public int Count => _slots.Length;

    /// <summary>The slot of a vCPU; its state changes only through the page.</summary>
    public ref PageSlot this[int vcpu] => ref _slots[vcpu];

    /// <summary>True when the VM has this vCPU.</summary>
    public bool Has(int vcpu) => (uint)vcpu < (uint)_slots.Length;

    /// <summary>Takes a request that the hypervisor says is PENDING.</summary>
    public PageVerdict Accept(in IoRequest request)
    {
        if (!Has(request.Vcpu))
            return PageVerdict.OutOfRange;

        ref PageSlot slot = ref _slots[request.Vcpu];
        if (request.Sequence <= slot.Request.Sequence)
        {
            if (request.Sequence < slot.Request.Sequence || request.Sequence == 0)
                return PageVerdict.Stale;
            return slot.State == IoRequestSlotState.Complete ? PageVerdict.Finished : PageVerdict.InHand;
        }

        if (slot.State is IoRequestSlotState.Pending or IoRequestSlotState.Processing)
            return PageVerdict.SlotBusy;

        slot.Request = request;
        slot.Value = 0;
        slot.State = IoRequestSlotState.Pending;
        _pending |= 1u << request.Vcpu;
        return PageVerdict.Accepted;
    }

    /// <summary>The lowest PENDING slot, or -1.</summary>
    public virtual int NextPending() => _pending == 0 ? -1 : BitOperations.TrailingZeroCount(_pending);

    /// <summary>PENDING -> PROCESSING; a slot that is PROCESSING already goes from a client that won't have it to the next.</summary>
    public void Begin(int vcpu, IoreqClient client)
    {
        ref PageSlot slot = ref _slots[vcpu];
        Debug.Assert(slot.State is IoRequestSlotState.Pending or IoRequestSlotState.Processing);
        slot.Client?.ClearBit(vcpu);
        slot.Client = client;
        client.SetBit(vcpu);
        if (slot.State == IoRequestSlotState.Pending)
            Report(vcpu, in slot, IoRequestSlotState.Processing, SlotOwner.Hsm);
        slot.State = IoRequestSlotState.Processing;
        _pending &= ~(1u << vcpu);
    }

    /// <summary>PENDING or PROCESSING -> COMPLETE. A read's value is cut to the size of the access, a write has none.</summary>
    public void Complete(int vcpu, ulong value)
    {
        ref PageSlot slot = ref _slots[vcpu];
        Debug.Assert(slot.State is IoRequestSlotState.Pending or IoRequestSlotState.Processing);
        slot.Value = slot.Request.Access.IsWrite ? 0 : value & slot.Request.Access.AllOnes;
        slot.Client?.ClearBit(vcpu);
        slot.Client = null;
        Report(vcpu, in slot, IoRequestSlotState.Complete, slot.State == IoRequestSlotState.Pending ? SlotOwner.Hsm : SlotOwner.Client);
        slot.State = IoRequestSlotState.Complete;
        _pending &= ~(1u << vcpu);
    }

    /// <summary>Any -> FREE: the hypervisor registers the page or resets the VM. A zeroed page would read as all PENDING (H3).</summary>
    public void Free(uint epoch)
    {
        Epoch = epoch;
        for (int i = 0; i < _slots.Length; i++)
        {
            Report(i, in _slots[i], IoRequestSlotState.Free, SlotOwner.Setup);
            _slots[i].Client?.ClearBit(i);
            _slots[i] = new PageSlot { State = IoRequestSlotState.Free };
        }

        _pending = 0;
    }

    private void Report(int vcpu, in PageSlot slot, IoRequestSlotState to, SlotOwner owner) =>
        _trace?.Record(new SlotStep(_vm, Epoch, vcpu, slot.Request.Sequence, slot.State, to, owner, SlotView.Service));
}
