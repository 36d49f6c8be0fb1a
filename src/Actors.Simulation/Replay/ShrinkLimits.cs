namespace Actors.Simulation;

/// <summary>How much a shrinker may try.</summary>
/// <param name="Time">Wall time.</param>
/// <param name="Candidates">Runs.</param>
public sealed record ShrinkLimits(TimeSpan Time, int Candidates)
{
    /// <summary>30 seconds, 50,000 runs.</summary>
    public static readonly ShrinkLimits Standard = new(TimeSpan.FromSeconds(30), 50_000);
}
