using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>Checks that need more than one run; plans name them like oracles.</summary>
internal static class CampaignChecks
{
    /// <summary>Their ids, with what they demand.</summary>
    public static ImmutableArray<(string Id, string Statement)> All { get; } =
    [
        (ContainmentCheck.Id, "What a VM sees and does is the same whether the VM beside it attacks or powers off at once."),
        (DifferentialCheck.Id, "What a VM sees doesn't depend on how far another VM is set up: it runs alike with and without the others."),
        (RerunCheck.Id, "The same build, seed and plan give the same trace."),
        (VacuityCheck.Id, "Over a campaign every fault fires and has an effect, and every point that must sometimes be reached is."),
    ];

    /// <summary>Makes those of the named checks that judge a single seed by running it more than once; the first violation.</summary>
    public static Violation? Judge(SimHost host, RunRequest request, IReadOnlyList<string> ids)
    {
        if (ids.Contains(ContainmentCheck.Id) && ContainmentCheck.Judge(host, request) is { } leak)
            return leak;
        if (ids.Contains(DifferentialCheck.Id) && DifferentialCheck.Judge(host, request) is { } difference)
            return difference;
        return ids.Contains(RerunCheck.Id) ? RerunCheck.Judge(host, request) : null;
    }
}
