namespace Actors.Simulation;

/// <summary>Nobody checks whether a message is damaged.</summary>
internal sealed class DamagedMessageAccepted : ClusterFlaw
{
    /// <inheritdoc/>
    public override string Name => "damaged-message-accepted";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I20", "L5", "L6", "W1"];

    /// <inheritdoc/>
    public override string Source => "mistake: bytes from the network are believed";

    /// <inheritdoc/>
    public override Plan Plan => Of("corrupt-message");

    /// <inheritdoc/>
    protected override object? Part { get; } = new UncheckedWire();
}
