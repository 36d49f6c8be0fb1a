namespace Actors.Simulation;

/// <summary>The used index is written before the element that it publishes.</summary>
internal sealed class UsedElementAfterIndex : MemoryFlaw
{
    private byte[]? _element;
    private ulong _at;

    /// <inheritdoc/>
    public override string Name => "used-element-after-index";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I11", "I10"];

    /// <inheritdoc/>
    public override string Source => "mistake: order of clause 2.7.8.2, as on a machine with weak ordering";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override bool Write(in Spot spot, ReadOnlySpan<byte> data)
    {
        if (spot.Hit.Area == RingArea.UsedElement)
        {
            _element = data.ToArray();
            _at = spot.Hit.Access.Address;
            return true;
        }

        var done = base.Write(spot, data);
        if (spot.Hit.Area == RingArea.UsedIndex && _element is { } element)
            spot.Memory.TryWrite(_at, element);
        return done;
    }
}
