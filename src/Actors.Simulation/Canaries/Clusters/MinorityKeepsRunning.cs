namespace Actors.Simulation;

/// <summary>Each side of a partition goes on.</summary>
internal sealed class MinorityKeepsRunning : ClusterFlaw
{
    /// <inheritdoc/>
    public override string Name => "minority-keeps-running";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["L5"];

    /// <inheritdoc/>
    public override string Source => "mistake: a split is decided as if the others were dead, whoever they are";

    /// <inheritdoc/>
    public override Plan Plan => Of("partition-halves");

    /// <inheritdoc/>
    protected override object? Part { get; } = new Bold();

    private sealed class Bold : SplitDecision
    {
        public override bool Survives(uint members, uint reachable) => true;
    }
}
