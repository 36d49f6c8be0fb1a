using Xunit.Abstractions;

namespace Actors.Simulation.Tests;

/// <summary>What failures of deliberately wrong variants come down to.</summary>
public sealed class CanaryShrinkTests(ITestOutputHelper output)
{
    private const int MaxChoices = 12;

    private static readonly ShrinkLimits Limits = new(TimeSpan.FromHours(1), 3000);

    [Fact]
    public void Each_comes_down_to_at_most_twelve_choices_and_stays_the_failure_that_it_was()
    {
        var shrunkOnes = 0;
        using var host = new SimHost();
        for (var i = 0; i < FlawCatalog.Makers.Length; i++)
        {
            var flaw = FlawCatalog.Makers[i]();
            if (Failing(host, flaw) is not { } failing)
                continue;
            var oracle = failing.Violations.First(violation => flaw.CaughtBy.Contains(violation.Oracle)).Oracle;
            var shrunk = Shrinker.Shrink(host, failing, Limits, TimeProvider.System, oracle);

            Assert.NotNull(shrunk);
            Assert.Contains(shrunk.Smallest.Violations, violation => violation.Oracle == oracle);
            Assert.InRange(shrunk.Sentences.Length, 2, 12);
            output.WriteLine($"{flaw.Name} {oracle}: {shrunk.OriginalDepth} -> {shrunk.Depth}, {shrunk.Candidates} runs, {shrunk.Elapsed.TotalSeconds:0.0} s");
            foreach (var sentence in shrunk.Sentences)
                output.WriteLine("  " + sentence);
            Assert.InRange(shrunk.Depth, 0, MaxChoices);
            shrunkOnes++;
        }

        Assert.True(shrunkOnes >= FlawCatalog.Makers.Length / 2);
    }

    /// <summary>The first failing run of a variant that single runs show; null: only comparisons of runs do.</summary>
    private static RunResult? Failing(SimHost host, Flaw flaw)
    {
        for (var seed = 1UL; seed <= (ulong)flaw.Seeds; seed++)
        {
            var result = host.Run(new RunRequest(flaw.Plan, seed) { Flaw = flaw.Name, RecordsChoices = true });
            if (result.Violations.Any(violation => flaw.CaughtBy.Contains(violation.Oracle)))
                return result;
        }

        return null;
    }
}
