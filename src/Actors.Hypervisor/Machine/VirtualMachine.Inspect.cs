using Actors.Protocol;

namespace Actors.Hypervisor;

/// <content>What is to be seen from outside.</content>
internal sealed partial class VirtualMachine
{
    /// <summary>State, slots, asyncio, counters.</summary>
    public InspectNode Inspect() => InspectNode.Branch(
        "hypervisor",
        [
            InspectNode.Leaf("state", State), InspectNode.Leaf("epoch", Epoch), InspectNode.Hex("upcall-vector", _upcallVector), InspectNode.Leaf("pending", _slots.Pending),
            .. Enumerable.Range(0, _vcpus.Length).Select(vcpu => InspectNode.Slot(vcpu, _slots.StateOf(vcpu), _slots.StateOf(vcpu) == IoRequestSlotState.Free ? default : _slots.RequestIn(vcpu))),
            .. Enumerable.Range(0, _vcpus.Length).Select(vcpu => InspectNode.Leaf($"wait-{vcpu}", _vcpus[vcpu].Wait)),
            InspectNode.Leaf("parked", _parked), InspectNode.Leaf("retry-timer", _timerRuns),
            InspectNode.Branch(
                "counters",
                InspectNode.Leaf("stale-epoch", Counters.StaleEpoch), InspectNode.Leaf("stale-exits", Counters.StaleExits), InspectNode.Leaf("repeated-exits", Counters.RepeatedExits),
                InspectNode.Leaf("repeated-upcalls", Counters.RepeatedUpcalls), InspectNode.Leaf("repeated-kicks", Counters.RepeatedKicks), InspectNode.Leaf("refused-accesses", Counters.RefusedAccesses),
                InspectNode.Leaf("fenced-service", Counters.FencedService), InspectNode.Leaf("duplicate-completions", _slots.Duplicates), InspectNode.Leaf("stale-completions", _slots.Stale)),
        ]);
}
