namespace Actors.Simulation;

/// <summary>A buffer's bytes are written when the guest has the buffer already.</summary>
internal sealed class PayloadAfterIndex : MemoryFlaw
{
    private byte[]? _payload;
    private ulong _at;

    /// <inheritdoc/>
    public override string Name => "payload-after-index";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I11", "I10", "I12"];

    /// <inheritdoc/>
    public override string Source => "mistake: DMA that is not waited for";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Input;

    /// <inheritdoc/>
    protected override bool Write(in Spot spot, ReadOnlySpan<byte> data)
    {
        if (spot.Hit.Area == RingArea.Writable && _payload is null)
        {
            _payload = data.ToArray();
            _at = spot.Hit.Access.Address;
            return true;
        }

        var done = base.Write(spot, data);
        if (spot.Hit.Area == RingArea.UsedIndex && _payload is { Length: > 0 } payload)
        {
            _payload = [];
            spot.Memory.TryWrite(_at, payload);
        }

        return done;
    }
}
