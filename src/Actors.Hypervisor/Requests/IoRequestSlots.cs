using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// The hypervisor's half of the I/O request page: one slot a vCPU (acrn-io-path 1.3). The hypervisor makes FREE to PENDING at insert,
/// COMPLETE to FREE in post-work, and anything to FREE at set-up and reset. PROCESSING is the service side's: from here such a slot is PENDING.
/// COMPLETE arrives with the message that carries the value, for the outstanding sequence of the current epoch, once.
/// </summary>
internal class IoRequestSlots
{
    private readonly Slot[] _slots;
    private readonly VmId _vm;
    private readonly PathTrace? _trace;
    private int _pending;

    /// <summary>Slots for a VM's vCPUs, all FREE.</summary>
    public IoRequestSlots(int vcpus, uint epoch, VmId vm = default, PathTrace? trace = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vcpus, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vcpus, VmLimits.MaxVcpus);
        _slots = new Slot[vcpus];
        _vm = vm;
        _trace = trace;
        Array.Fill(_slots, new Slot { State = IoRequestSlotState.Free });
        Reset(epoch);
    }

    /// <summary>Completions of other epochs than this are stale.</summary>
    public uint Epoch { get; private set; }

    /// <summary>Slots that are PENDING.</summary>
    public int Pending => _pending;

    /// <summary>Completions that met no outstanding request.</summary>
    public long Stale { get; private set; }

    /// <summary>Completions of a request that was already completed.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Completions for vCPUs that don't exist.</summary>
    public long NoSuchVcpu { get; private set; }

    /// <summary>Inserts that met a slot that was not FREE.</summary>
    public long RefusedInserts { get; private set; }

    /// <summary>State of a slot.</summary>
    public IoRequestSlotState StateOf(int vcpu) => _slots[vcpu].State;

    /// <summary>The request that is in a slot which isn't FREE.</summary>
    public IoRequest RequestIn(int vcpu)
    {
        ref readonly var slot = ref _slots[vcpu];
        return new IoRequest(vcpu, slot.Sequence, slot.Access);
    }

    /// <summary>FREE to PENDING. False, and nothing changes, when the slot isn't FREE (-EINVAL).</summary>
    public bool Insert(in IoRequest request)
    {
        ref var slot = ref _slots[request.Vcpu];
        if (!MayInsert(request.Vcpu))
        {
            RefusedInserts++;
            return false;
        }

        slot.Sequence = request.Sequence;
        slot.Access = request.Access;
        slot.Aged = false;
        slot.PollSent = false;
        slot.PollAnswered = false;
        slot.State = IoRequestSlotState.Pending;
        _pending++;
        Report(request.Vcpu, request.Sequence, IoRequestSlotState.Free, IoRequestSlotState.Pending, SlotOwner.Hypervisor);
        return true;
    }

    /// <summary>PENDING to COMPLETE, if epoch, vCPU and sequence are those of an outstanding request.</summary>
    public virtual SlotCompletion Finish(uint epoch, int vcpu, ulong sequence, ulong value)
    {
        if ((uint)vcpu >= (uint)_slots.Length)
        {
            NoSuchVcpu++;
            return SlotCompletion.NoSuchVcpu;
        }

        ref var slot = ref _slots[vcpu];
        if (epoch == Epoch && slot.State == IoRequestSlotState.Pending && sequence == slot.Sequence)
        {
            slot.State = IoRequestSlotState.Complete;
            slot.Value = value;
            slot.Finished = sequence;
            _pending--;
            return SlotCompletion.Accepted;
        }

        if (epoch == Epoch && sequence != 0 && sequence == slot.Finished)
        {
            Duplicates++;
            return SlotCompletion.Duplicate;
        }

        Stale++;
        return SlotCompletion.Stale;
    }

    /// <summary>COMPLETE to FREE. The value is taken out before: a FREE slot's content is dead.</summary>
    public IoRequest PostWork(int vcpu, out ulong value)
    {
        ref var slot = ref _slots[vcpu];
        if (slot.State != IoRequestSlotState.Complete)
            throw new InvalidOperationException($"Post-work on a slot that is {slot.State}.");

        value = slot.Value;
        var request = new IoRequest(vcpu, slot.Sequence, slot.Access);
        Release(vcpu);
        return request;
    }

    /// <summary>Whether a slot takes a request.</summary>
    protected virtual bool MayInsert(int vcpu) => _slots[vcpu].State == IoRequestSlotState.Free;

    /// <summary>COMPLETE to FREE.</summary>
    protected virtual void Release(int vcpu)
    {
        ref var slot = ref _slots[vcpu];
        slot.State = IoRequestSlotState.Free;
        Report(vcpu, slot.Sequence, IoRequestSlotState.Complete, IoRequestSlotState.Free, SlotOwner.Hypervisor);
    }

    /// <summary>Anything to FREE, and a new epoch: set-up and VM reset.</summary>
    public void Reset(uint epoch)
    {
        Epoch = epoch;
        _pending = 0;
        for (var i = 0; i < _slots.Length; i++)
        {
            Report(i, _slots[i].Sequence, _slots[i].State, IoRequestSlotState.Free, SlotOwner.Setup);
            _slots[i] = new Slot { State = IoRequestSlotState.Free };
        }
    }

    /// <summary>True once for each request that was PENDING at two calls in a row: nobody answered for a whole period.</summary>
    public bool AnyUnanswered()
    {
        var any = false;
        foreach (ref var slot in _slots.AsSpan())
        {
            if (slot.State != IoRequestSlotState.Pending)
                continue;

            any |= slot.Aged;
            slot.Aged = true;
        }

        return any;
    }

    /// <summary>Every PENDING request in vCPU order: the first, and the others. Only when <see cref="Pending"/> isn't 0.</summary>
    public IoRequest AllPending(out ImmutableArray<IoRequest> others)
    {
        others = default;
        IoRequest first = default;
        var more = _pending > 1 ? ImmutableArray.CreateBuilder<IoRequest>(_pending - 1) : null;
        var found = false;
        for (var i = 0; i < _slots.Length; i++)
        {
            if (_slots[i].State != IoRequestSlotState.Pending)
                continue;

            if (found)
            {
                more!.Add(RequestIn(i));
            }
            else
            {
                first = RequestIn(i);
                found = true;
            }
        }

        if (more is not null)
            others = more.MoveToImmutable();

        return first;
    }

    /// <summary>A look at the service side's state of this slot is on its way.</summary>
    public void PollSent(int vcpu) => _slots[vcpu].PollSent = true;

    /// <summary>True when a look is awaited for this request; it isn't any more.</summary>
    public bool PollAnswered(uint epoch, int vcpu, ulong sequence)
    {
        if (epoch != Epoch || (uint)vcpu >= (uint)_slots.Length)
            return false;

        ref var slot = ref _slots[vcpu];
        if (slot.State != IoRequestSlotState.Pending || slot.Sequence != sequence || !slot.PollSent)
            return false;

        slot.PollSent = false;
        slot.PollAnswered = true;
        return true;
    }

    /// <summary>True when a PENDING slot's look got no answer since the last call: it is lost and must be sent again.</summary>
    public bool PollLost(int vcpu)
    {
        ref var slot = ref _slots[vcpu];
        var lost = slot.State == IoRequestSlotState.Pending && slot.PollSent && !slot.PollAnswered;
        slot.PollAnswered = false;
        return lost;
    }

    private void Report(int vcpu, ulong sequence, IoRequestSlotState from, IoRequestSlotState to, SlotOwner owner) =>
        _trace?.Record(new SlotStep(_vm, Epoch, vcpu, sequence, from, to, owner));

    private struct Slot
    {
        public IoAccess Access;
        public ulong Sequence;
        public ulong Finished;
        public ulong Value;
        public IoRequestSlotState State;
        public bool Aged;
        public bool PollSent;
        public bool PollAnswered;
    }
}
