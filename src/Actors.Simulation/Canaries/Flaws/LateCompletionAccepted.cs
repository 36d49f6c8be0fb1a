using System.Collections.Immutable;
using Actors.Hypervisor;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A completion finishes whatever is in its slot.</summary>
internal sealed class LateCompletionAccepted : Flaw
{
    private readonly Parts _parts = new();

    /// <inheritdoc/>
    public override string Name => "late-completion-accepted";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I5"];

    /// <inheritdoc/>
    public override string Source => "ACRN: a slot carries no epoch and no sequence; a late or repeated completion finishes the vCPU's next request";

    /// <inheritdoc/>
    public override Plan Plan => FlawPlans.Console(CaughtBy[0]).With(
        new FaultRule { Id = "twice", Row = "F22", Site = LinkSite.HsmComplete.Name, Do = "duplicate", Probability = 0.5, Parameters = Text("gap", "exp(1ms)") },
        new FaultRule { Id = "late", Row = "F15", Site = LinkSite.HsmUpcall.Name, Do = "delay", Probability = 0.5, Parameters = Text("delay", "exp(1ms)") });

    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => _parts as T;

    private static ImmutableSortedDictionary<string, string> Text(string name, string value) =>
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add(name, value);

    private sealed class Parts : HypervisorParts
    {
        public override IoRequestSlots MakeSlots(int vcpus, uint epoch, VmId vm, PathTrace? trace) => new Slots(vcpus, epoch, vm, trace);
    }

    private sealed class Slots(int vcpus, uint epoch, VmId vm, PathTrace? trace) : IoRequestSlots(vcpus, epoch, vm, trace)
    {
        public override SlotCompletion Finish(uint epoch, int vcpu, ulong sequence, ulong value) => base.Finish(Epoch, vcpu, RequestIn(vcpu).Sequence, value);
    }
}
