using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>I4: a vCPU has at most one request outstanding; a slot that isn't FREE is never written over, and what is in it doesn't change while it is PENDING.</summary>
internal sealed class SlotExclusivityOracle : VcpuOracle
{
    private Slot[] _slots = [];

    /// <inheritdoc/>
    public override string Id => "I4";

    /// <inheritdoc/>
    public override string Statement => "A vCPU has at most one request outstanding, and its slot keeps that request until it is FREE again.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Slot | WorldInterest.Send;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _slots = new Slot[Count];
    }

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step)
    {
        var index = IndexOf(step.Vm.Value, step.Vcpu);
        if (index < 0 || step.View != SlotView.Hypervisor)
            return;
        ref var slot = ref _slots[index];
        if (step.To == IoRequestSlotState.Free)
        {
            slot = default;
            return;
        }

        if (slot.IsTaken)
            Violate(moment, $"{NameOf(index)}: request {step.Sequence} was put over request {slot.Sequence}, which is not finished");
        slot = new Slot { IsTaken = true, Sequence = step.Sequence };
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        if (send.IsLate || send.Message is not UpcallHop.Upcall upcall || World.Trace.RoleOf(send.From).Part != ActorPart.Hypervisor)
            return;
        Carries(moment, upcall.Vm.Value, upcall.Request);
        if (upcall.AlsoPending.IsDefault)
            return;
        foreach (var request in upcall.AlsoPending)
            Carries(moment, upcall.Vm.Value, request);
    }

    private void Carries(in Moment moment, int vm, in IoRequest request)
    {
        var index = IndexOf(vm, request.Vcpu);
        if (index < 0)
            return;
        ref var slot = ref _slots[index];
        if (!slot.IsTaken || slot.Sequence != request.Sequence)
            Violate(moment, $"{NameOf(index)}: an upcall carries request {request.Sequence}, its slot {(slot.IsTaken ? $"holds {slot.Sequence}" : "is FREE")}");
        else if (slot.WasSent && slot.Access != request.Access)
            Violate(moment, $"{NameOf(index)}: request {request.Sequence} was {slot.Access}, now it is {request.Access}");
        slot.WasSent = true;
        slot.Access = request.Access;
    }

    private struct Slot
    {
        public bool IsTaken;
        public bool WasSent;
        public ulong Sequence;
        public IoAccess Access;
    }
}
