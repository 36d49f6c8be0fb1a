namespace Actors.Simulation.Tests;

/// <summary>Every deliberately wrong variant is caught by its oracle, and the right system isn't blamed on the same plan and seeds.</summary>
public sealed class CanaryTests
{
    /// <summary>Those of the museum are run with its plans.</summary>
    public static TheoryData<string> Names => [.. FlawCatalog.Makers.Except(MuseumFlaws.Makers).Select(make => make().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_caught(string name)
    {
        using var host = new SimHost();

        var outcome = CanaryRun.One(host, FlawCatalog.Find(name)!);

        Assert.True(outcome.IsCaught, $"{name}: {outcome.What}");
    }

    [Fact]
    public void Names_are_unique() => Assert.Equal(FlawCatalog.Makers.Length, FlawCatalog.Makers.Select(make => make().Name).Distinct().Count());
}
