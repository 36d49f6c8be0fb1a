namespace Actors.Simulation;

/// <summary>A whole word is written where the input ends within it.</summary>
internal sealed class BufferTailScribbled : MemoryFlaw
{
    /// <inheritdoc/>
    public override string Name => "buffer-tail-scribbled";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I29"];

    /// <inheritdoc/>
    public override string Source => "mistake: bytes of the host's memory in a guest's buffer";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Input;

    /// <inheritdoc/>
    protected override bool Write(in Spot spot, ReadOnlySpan<byte> data)
    {
        var done = base.Write(spot, data);
        if (spot.Hit is { Area: RingArea.Writable, Chain: { } chain } && spot.Hit.Offset + data.Length < chain.Writable)
            spot.Memory.TryWrite(spot.Hit.Access.Address + (ulong)data.Length, [0xA5]);
        return done;
    }
}
