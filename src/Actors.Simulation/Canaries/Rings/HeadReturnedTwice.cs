namespace Actors.Simulation;

/// <summary>A chain is given back once more in place of another.</summary>
internal sealed class HeadReturnedTwice : MemoryFlaw
{
    private byte[]? _last;
    private int _elements;

    /// <inheritdoc/>
    public override string Name => "head-returned-twice";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I10"];

    /// <inheritdoc/>
    public override string Source => "mistake: a completion that is applied twice";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override bool Write(in Spot spot, ReadOnlySpan<byte> data)
    {
        if (spot.Hit.Area != RingArea.UsedElement || spot.Hit.Queue!.Index != 1)
            return base.Write(spot, data);
        if (++_elements % 3 == 0)
            return base.Write(spot, _last);
        _last = data.ToArray();
        return base.Write(spot, data);
    }
}
