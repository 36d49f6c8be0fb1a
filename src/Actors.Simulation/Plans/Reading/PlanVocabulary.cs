using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>The names of oracles and flawed variants that plans may use.</summary>
internal static class PlanVocabulary
{
    /// <summary>Ids of oracles: of those that watch a run, and of those that a campaign judges by (I8 and I22 by runs compared, I30 by runs made again, I31 by what never happened).</summary>
    public static ImmutableArray<string> Oracles { get; } =
    [
        .. Enumerable.Range(1, 31).Where(number => number != 25).Select(number => $"I{number}")
            .Concat(["L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8"])
            .Concat(OracleCatalog.All.Select(oracle => oracle.Id)).Distinct(),
    ];

    /// <summary>Names of flawed variants.</summary>
    public static ImmutableArray<string> Flaws { get; } = [.. FlawCatalog.Makers.Select(make => make().Name)];
}
