namespace Actors.Simulation;

/// <summary>With each used index some bytes are written where no driver asked for it.</summary>
internal sealed class StrayWrite : MemoryFlaw
{
    private const ulong Somewhere = 0x600;

    /// <inheritdoc/>
    public override string Name => "stray-write";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I12"];

    /// <inheritdoc/>
    public override string Source => "mistake: a wild pointer";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override bool Write(in Spot spot, ReadOnlySpan<byte> data)
    {
        if (spot.Hit.Area == RingArea.UsedIndex)
            spot.Memory.TryWrite(Somewhere, data);
        return base.Write(spot, data);
    }
}
