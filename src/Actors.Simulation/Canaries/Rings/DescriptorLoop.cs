namespace Actors.Simulation;

/// <summary>A descriptor is looked at again and again.</summary>
internal sealed class DescriptorLoop : MemoryFlaw
{
    private const int Rounds = 200_000;

    private bool _looped;

    /// <inheritdoc/>
    public override string Name => "descriptor-loop";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I23"];

    /// <inheritdoc/>
    public override string Source => "CVE-2016-6490: a loop on what a guest put into a descriptor";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    public override int Seeds => 5;

    /// <inheritdoc/>
    protected override void AfterRead(in Spot spot, Span<byte> data)
    {
        if (_looped || spot.Hit.Area != RingArea.Descriptor)
            return;
        _looped = true;
        for (var round = 0; round < Rounds; round++)
            spot.Memory.TryRead(spot.Hit.Access.Address, data);
    }
}
