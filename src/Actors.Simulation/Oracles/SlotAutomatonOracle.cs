using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// I3: the slots of the I/O request page take only the edges of ACRN's automaton, each by its owner. The hypervisor and the service each have a copy; the edges of
/// both together are one way through the automaton for each epoch, vCPU and sequence.
/// </summary>
internal sealed class SlotAutomatonOracle : VcpuOracle
{
    private Slot[] _slots = [];

    /// <inheritdoc/>
    public override string Id => "I3";

    /// <inheritdoc/>
    public override string Statement => "A slot goes FREE, PENDING, PROCESSING or not, COMPLETE, FREE, and each edge is taken by its owner.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Slot;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _slots = new Slot[Count];
        Array.Fill(_slots, new Slot { Hypervisor = IoRequestSlotState.Free, Service = IoRequestSlotState.Free });
    }

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step)
    {
        var index = IndexOf(step.Vm.Value, step.Vcpu);
        if (index < 0)
            return;
        ref var slot = ref _slots[index];
        if (step.Owner == SlotOwner.Setup)
        {
            SetUp(moment, step, ref slot);
            return;
        }

        var actor = World.Trace.RoleOf(moment.Actor);
        var part = step.View == SlotView.Hypervisor ? ActorPart.Hypervisor : ActorPart.Hsm;
        if (actor.Part != part || actor.Vm != step.Vm.Value)
        {
            Violate(moment, $"{Edge(step)} was taken by {World.Trace.ActorName(moment.Actor)}");
            return;
        }

        if (step.View == SlotView.Hypervisor)
            Hypervisor(moment, step, ref slot);
        else
            Service(moment, step, ref slot);
    }

    private void SetUp(in Moment moment, in SlotStep step, ref Slot slot)
    {
        if (step.To != IoRequestSlotState.Free)
            Violate(moment, $"{Edge(step)}: set-up leads to FREE only");
        if (step.View == SlotView.Hypervisor)
        {
            slot.HypervisorEpoch = step.Epoch;
            slot.Hypervisor = IoRequestSlotState.Free;
            slot.InsertedSequence = 0;
            return;
        }

        // A service that begins anew within its epoch may be asked again what it has answered already.
        slot.BeganAnew = slot.ServiceEpoch == step.Epoch && slot.ServiceSequence != 0;
        slot.ServiceEpoch = step.Epoch;
        slot.Service = IoRequestSlotState.Free;
        slot.ServiceSequence = 0;
    }

    private void Hypervisor(in Moment moment, in SlotStep step, ref Slot slot)
    {
        switch (step.From, step.To)
        {
            case (IoRequestSlotState.Free, IoRequestSlotState.Pending) when step.Owner == SlotOwner.Hypervisor:
                if (slot.Hypervisor != IoRequestSlotState.Free)
                    Violate(moment, $"{Edge(step)}, but the slot holds request {slot.InsertedSequence} and is {slot.Hypervisor}");
                else if (step.Sequence <= slot.InsertedSequence || step.Epoch != slot.HypervisorEpoch)
                    Violate(moment, $"{Edge(step)} follows request {slot.InsertedSequence} of epoch {slot.HypervisorEpoch}");
                slot.Hypervisor = IoRequestSlotState.Pending;
                slot.InsertedSequence = step.Sequence;
                break;
            case (IoRequestSlotState.Complete, IoRequestSlotState.Free) when step.Owner == SlotOwner.Hypervisor:
                if (slot.Hypervisor != IoRequestSlotState.Pending || slot.InsertedSequence != step.Sequence)
                    Violate(moment, $"{Edge(step)}, but the slot holds request {slot.InsertedSequence} and is {slot.Hypervisor}");
                else if (slot.CompletedEpoch != step.Epoch || slot.CompletedSequence != step.Sequence)
                    Violate(moment, $"{Edge(step)}, but the service completed request {slot.CompletedSequence} of epoch {slot.CompletedEpoch} last");
                slot.Hypervisor = IoRequestSlotState.Free;
                break;
            default:
                Violate(moment, $"{Edge(step)} is no edge of the hypervisor");
                break;
        }
    }

    private void Service(in Moment moment, in SlotStep step, ref Slot slot)
    {
        switch (step.From, step.To)
        {
            case (IoRequestSlotState.Pending, IoRequestSlotState.Processing) when step.Owner == SlotOwner.Hsm:
            case (IoRequestSlotState.Pending, IoRequestSlotState.Complete) when step.Owner == SlotOwner.Hsm:
                Begins(moment, step, ref slot);
                break;
            case (IoRequestSlotState.Processing, IoRequestSlotState.Complete) when step.Owner is SlotOwner.Client or SlotOwner.Hsm:
                if (slot.Service != IoRequestSlotState.Processing || slot.ServiceSequence != step.Sequence || slot.ServiceEpoch != step.Epoch)
                    Violate(moment, $"{Edge(step)}, but the slot holds request {slot.ServiceSequence} of epoch {slot.ServiceEpoch} and is {slot.Service}");
                break;
            default:
                Violate(moment, $"{Edge(step)} is no edge of the service");
                break;
        }

        slot.Service = step.To;
        slot.ServiceSequence = step.Sequence;
        if (step.To == IoRequestSlotState.Complete)
        {
            slot.CompletedEpoch = step.Epoch;
            slot.CompletedSequence = step.Sequence;
        }
    }

    /// <summary>The service takes a request up: it must be one that is PENDING.</summary>
    private void Begins(in Moment moment, in SlotStep step, ref Slot slot)
    {
        if (slot.Service is IoRequestSlotState.Processing or IoRequestSlotState.Pending)
            Violate(moment, $"{Edge(step)}, but request {slot.ServiceSequence} is {slot.Service}");
        else if (step.Epoch != slot.ServiceEpoch || (slot.Service == IoRequestSlotState.Complete && step.Sequence <= slot.ServiceSequence))
            Violate(moment, $"{Edge(step)} follows request {slot.ServiceSequence} of epoch {slot.ServiceEpoch}");
        else if (step.Epoch > slot.HypervisorEpoch)
            Violate(moment, $"{Edge(step)}, but the hypervisor is in epoch {slot.HypervisorEpoch}");
        else if (step.Epoch == slot.HypervisorEpoch && !slot.BeganAnew
            && (slot.Hypervisor != IoRequestSlotState.Pending || slot.InsertedSequence != step.Sequence))
            Violate(moment, $"{Edge(step)}, but the hypervisor's slot holds request {slot.InsertedSequence} and is {slot.Hypervisor}");
        else if (step.Epoch == slot.HypervisorEpoch && step.Sequence > slot.InsertedSequence)
            Violate(moment, $"{Edge(step)}, but the last request was {slot.InsertedSequence}");
    }

    private static string Edge(in SlotStep step) =>
        $"{step.Vm} slot {step.Vcpu}, request {step.Sequence} of epoch {step.Epoch}: {step.From} to {step.To} by {step.Owner}";

    private struct Slot
    {
        public IoRequestSlotState Hypervisor;
        public IoRequestSlotState Service;
        public uint HypervisorEpoch;
        public uint ServiceEpoch;
        public uint CompletedEpoch;
        public ulong InsertedSequence;
        public ulong ServiceSequence;
        public ulong CompletedSequence;
        public bool BeganAnew;
    }
}
