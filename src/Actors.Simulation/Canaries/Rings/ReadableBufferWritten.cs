namespace Actors.Simulation;

/// <summary>A buffer that the device may only read is written.</summary>
internal sealed class ReadableBufferWritten : MemoryFlaw
{
    /// <inheritdoc/>
    public override string Name => "readable-buffer-written";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I12"];

    /// <inheritdoc/>
    public override string Source => "ACRN: descriptors' direction is not looked at";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override void AfterRead(in Spot spot, Span<byte> data)
    {
        if (spot.Hit.Area == RingArea.Readable)
            spot.Memory.TryWrite(spot.Hit.Access.Address, data);
    }
}
