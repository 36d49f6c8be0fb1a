using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>Plans on which flaws are run: each is judged by the oracles that must catch it.</summary>
internal static class FlawPlans
{
    /// <summary>One VM with one vCPU that writes to one console, and no fault.</summary>
    public static Plan Console(params ImmutableArray<string> oracles) => new() { Name = $"canary of {string.Join(", ", oracles)}", Check = oracles, Liveness = Short };

    /// <summary>Bounds with which a run that hangs is over soon.</summary>
    public static PlanLiveness Short => new()
    {
        T1 = TimeSpan.FromSeconds(1),
        T2 = TimeSpan.FromSeconds(2),
        T3 = TimeSpan.FromSeconds(2),
        T4 = TimeSpan.FromSeconds(4),
    };

    /// <summary>The plan with faults.</summary>
    public static Plan With(this Plan plan, params ImmutableArray<FaultRule> rules) => plan with { Faults = rules };

    /// <summary>The plan with more machines.</summary>
    public static Plan Of(this Plan plan, int vms, int vcpus = 1) => plan with { Topology = plan.Topology with { Vms = vms, Vcpus = vcpus } };
}
