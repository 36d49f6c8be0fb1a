namespace Actors.Simulation;

/// <summary>A node that wakes up uses sockets and terminals as if nothing had been.</summary>
internal sealed class LeaseNotChecked : ClusterFlaw
{
    /// <inheritdoc/>
    public override string Name => "lease-not-checked";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I24", "I20"];

    /// <inheritdoc/>
    public override string Source => "mistake: a lease is renewed, and nobody looks at it before a write (a zombie writes where no token is known)";

    /// <inheritdoc/>
    public override Plan Plan => Of("node-pause-unfenced");

    /// <inheritdoc/>
    protected override object? Part { get; } = new UncheckedLease();
}
