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

    /// <summary>Makers of those that campaigns make of some seeds, beside the repeats.</summary>
    public static ImmutableArray<Func<ICampaignCheck>> Makers { get; } = [() => new DispatchIsolationCheck(), () => new VictimContainmentCheck()];

    /// <summary>Whether an id is one of theirs.</summary>
    public static bool Knows(string id) => All.Any(check => check.Id == id);

    /// <summary>Those that have something to say about a plan and that it asks for: fresh ones.</summary>
    public static ICampaignCheck[] For(Plan plan, IEnumerable<Func<ICampaignCheck>> makers) =>
        [.. makers.Select(make => make()).Where(check => check.Applies(plan) && IsWanted(plan, check.Oracle))];

    /// <summary>All that a campaign would make of a seed of its plan: the first violation.</summary>
    /// <param name="host">Where further runs are made.</param>
    /// <param name="result">The run of the seed.</param>
    public static Violation? Judge(SimHost host, RunResult result)
    {
        if (RerunCheck.Judge(host, host, result) is { } difference)
            return difference;
        foreach (var check in For(result.Request.Plan, Makers))
        {
            if (check.Check(host, result) is { } violation)
                return violation;
        }

        return null;
    }

    /// <summary>Makes those of the named checks that judge a single seed by running it more than once; the first violation.</summary>
    public static Violation? Judge(SimHost host, RunRequest request, IReadOnlyList<string> ids)
    {
        if (ids.Contains(ContainmentCheck.Id) && ContainmentCheck.Judge(host, request) is { } leak)
            return leak;
        if (ids.Contains(DifferentialCheck.Id) && DifferentialCheck.Judge(host, request) is { } difference)
            return difference;
        return ids.Contains(RerunCheck.Id) ? RerunCheck.Judge(host, host, host.Run(request)) : null;
    }

    private static bool IsWanted(Plan plan, string oracle) =>
        (plan.Check.IsEmpty || plan.Check.Contains(oracle)) && !plan.Except.Any(except => except.Oracle == oracle);
}
