namespace Actors.Simulation;

/// <summary>
/// Systematic single faults (fail-nth): one run without a firing counts how often each rule's site is visited, and then each rule can be made to fire at each of
/// these visits, once and alone.
/// </summary>
public static class SingleFaults
{
    /// <summary>Scripts of all single faults of a plan, rule by rule and visit by visit.</summary>
    /// <param name="plan">The plan; of its rules only site, action and selector count.</param>
    /// <param name="seed">Seed of the numbers that firings have.</param>
    /// <param name="host">Makes the run that counts.</param>
    /// <param name="most">Visits of each rule at most, spread evenly over all; 0: each one.</param>
    public static IEnumerable<RunScript> Of(Plan plan, ulong seed, SimHost host, int most = 0)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(host);
        var counts = host.Run(new RunRequest(plan, seed) { Script = Empty }).Faults;
        for (var rule = 0; rule < plan.Faults.Length; rule++)
        {
            var state = new RuleState(plan.Faults[rule], rule, seed);
            var visits = counts[rule].Visits;
            var step = most > 0 && visits > most ? visits / (double)most : 1;
            for (var visit = 1.0; visit <= visits; visit += step)
                yield return Empty with { Firings = [state.At((long)visit)] };
        }
    }

    private static readonly RunScript Empty = new(ReplayMode.Lenient, [], []);
}
