namespace Actors.Simulation;

/// <summary>The source of a hand-over doesn't stop its VMs first.</summary>
internal sealed class HandOverWithoutStop : ClusterFlaw
{
    /// <inheritdoc/>
    public override string Name => "hand-over-without-stop";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I20"];

    /// <inheritdoc/>
    public override string Source => "mistake: a VM is given away before it has stopped";

    /// <inheritdoc/>
    public override Plan Plan => Of("rolling-upgrade");

    /// <inheritdoc/>
    protected override object? Part { get; } = new HastyHandOver();
}
