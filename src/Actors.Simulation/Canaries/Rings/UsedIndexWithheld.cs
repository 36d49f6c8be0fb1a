namespace Actors.Simulation;

/// <summary>Chains are finished, but after some no used index says so.</summary>
internal sealed class UsedIndexWithheld : MemoryFlaw
{
    /// <inheritdoc/>
    public override string Name => "used-index-withheld";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["L3", "I11", "W1"];

    /// <inheritdoc/>
    public override string Source => "mistake: completions are gathered and never published";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override bool Write(in Spot spot, ReadOnlySpan<byte> data) =>
        spot.Hit is { Area: RingArea.UsedIndex, Queue: { Index: 1, UsedCount: > 2 } } || base.Write(spot, data);
}
