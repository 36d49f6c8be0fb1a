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
    public override Plan Plan
    {
        get
        {
            var plan = FlawPlans.Console(CaughtBy[0]);
            return plan with
            {
                Topology = plan.Topology with { Latency = new PlanLatency(TimeSpan.FromMicroseconds(5), TimeSpan.FromMicroseconds(5)) },
                Faults =
                [
                    new FaultRule
                    {
                        Id = "twice",
                        Row = "F22",
                        Site = LinkSite.HsmComplete.Name,
                        Do = "duplicate",
                        Probability = 0.3,
                        Parameters = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("gap", "exp(50us)"),
                    },
                ],
            };
        }
    }

    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => _parts as T;

    private sealed class Parts : HypervisorParts
    {
        public override IoRequestSlots MakeSlots(int vcpus, uint epoch, VmId vm, PathTrace? trace) => new Slots(vcpus, epoch, vm, trace);
    }

    private sealed class Slots(int vcpus, uint epoch, VmId vm, PathTrace? trace) : IoRequestSlots(vcpus, epoch, vm, trace)
    {
        public override SlotCompletion Finish(uint epoch, int vcpu, ulong sequence, ulong value) => base.Finish(Epoch, vcpu, RequestIn(vcpu).Sequence, value);
    }
}
