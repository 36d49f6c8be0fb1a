namespace Actors.Simulation.Tests;

/// <summary>Real bugs of real products: each piece fails on the product's mistake, and passes here.</summary>
public sealed class MuseumTests
{
    private const int Seeds = 10;

    /// <summary>Names of the pieces whose mistake is caught.</summary>
    public static TheoryData<string> Pieces =>
        [.. ShippedPlans.Names.Where(name => name.StartsWith("museum-", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Pieces))]
    public void A_piece_fails_on_the_mistake_that_it_shows(string name)
    {
        var plan = ShippedPlans.Find(name);
        var flaw = FlawCatalog.Find(plan.Naive!)!;
        using var host = new SimHost();

        var caught = Enumerable.Range(1, Seeds)
            .SelectMany(seed => host.Run(new RunRequest(plan, (ulong)seed) { Flaw = plan.Naive }).Violations)
            .Select(violation => violation.Oracle)
            .ToHashSet(StringComparer.Ordinal);

        Assert.True(flaw.CaughtBy.Any(caught.Contains), $"{name}: caught by {(caught.Count == 0 ? "nobody" : string.Join(", ", caught))}");
        Assert.NotNull(plan.Museum);
    }
}
