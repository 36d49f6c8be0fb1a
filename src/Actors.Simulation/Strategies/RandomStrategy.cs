namespace Actors.Simulation;

/// <summary>Everybody has the same chance in each step: fair with probability 1.</summary>
internal sealed class RandomStrategy(Prng random) : ScheduleStrategy
{
    /// <inheritdoc/>
    public override int Pick(ReadySet ready, long step) => random.Below(ready.Count);
}
