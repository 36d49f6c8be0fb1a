using Actors.Hsm;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A scan looks at the first slot only; what is PENDING behind it stays so.</summary>
internal sealed class ScanAbandonsLaterSlots : Flaw
{
    private readonly Parts _parts = new();

    /// <inheritdoc/>
    public override string Name => "scan-abandons-later-slots";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I7"];

    /// <inheritdoc/>
    public override string Source => "ACRN: without a default client the dispatcher returns an error, and the slots behind it aren't scanned";

    /// <inheritdoc/>
    public override Plan Plan => FlawPlans.Console(CaughtBy[0]).Of(1, 2) with { Workload = new PlanWorkload { Kind = "raw-exits", Bytes = 512 } };

    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => _parts as T;

    private sealed class Parts : HsmParts
    {
        public override ServicePage MakePage(int vcpus, VmId vm, PathTrace? trace) => new Page(vcpus, vm, trace);
    }

    private sealed class Page(int vcpus, VmId vm, PathTrace? trace) : ServicePage(vcpus, vm, trace)
    {
        public override int NextPending() => base.NextPending() <= 0 ? base.NextPending() : -1;
    }
}
