namespace Actors.Simulation;

/// <summary>A backend takes bytes from whoever comes.</summary>
internal sealed class BackendIgnoresTokens : ClusterFlaw
{
    /// <inheritdoc/>
    public override string Name => "backend-ignores-tokens";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I24", "I20"];

    /// <inheritdoc/>
    public override string Source => "mistake: fencing tokens are handed out, and nobody looks at them (a zombie writes)";

    /// <inheritdoc/>
    public override Plan Plan => Of("handover-double");

    /// <inheritdoc/>
    protected override object? Part { get; } = new Maker();

    private sealed class Maker : OutletMaker
    {
        public override Outlet Make(bool tells) => new OpenOutlet { Tells = tells };
    }
}
