using Actors.Hypervisor;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Post-work forgets to free the slot, and the next request is put over what is in it.</summary>
internal sealed class SlotWrittenOver : Flaw
{
    private readonly Parts _parts = new();

    /// <inheritdoc/>
    public override string Name => "slot-written-over";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I4"];

    /// <inheritdoc/>
    public override string Source => "A request is put into a slot that is not FREE (ACRN answers -EINVAL)";

    /// <inheritdoc/>
    public override Plan Plan => FlawPlans.Console(CaughtBy[0]);

    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => _parts as T;

    private sealed class Parts : HypervisorParts
    {
        public override IoRequestSlots MakeSlots(int vcpus, uint epoch, VmId vm, PathTrace? trace) => new Slots(vcpus, epoch, vm, trace);
    }

    private sealed class Slots(int vcpus, uint epoch, VmId vm, PathTrace? trace) : IoRequestSlots(vcpus, epoch, vm, trace)
    {
        protected override bool MayInsert(int vcpu) => true;

        protected override void Release(int vcpu)
        {
        }
    }
}
