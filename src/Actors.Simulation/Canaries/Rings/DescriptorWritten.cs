namespace Actors.Simulation;

/// <summary>The device writes to the descriptor table.</summary>
internal sealed class DescriptorWritten : MemoryFlaw
{
    /// <inheritdoc/>
    public override string Name => "descriptor-written";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I12"];

    /// <inheritdoc/>
    public override string Source => "mistake: clause 2.7.5.1";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override void AfterRead(in Spot spot, Span<byte> data)
    {
        if (spot.Hit.Area == RingArea.Descriptor)
            spot.Memory.TryWrite(spot.Hit.Access.Address, data);
    }
}
