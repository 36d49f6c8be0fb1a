namespace Actors.Simulation;

/// <summary>What is behind a backend doesn't keep the tokens that it has seen: whoever greets it is the writer.</summary>
internal sealed class ReceiverForgets : ClusterFlaw
{
    /// <inheritdoc/>
    public override string Name => "receiver-forgets";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I24", "I20"];

    /// <inheritdoc/>
    public override string Source => "mistake: a receiver compares a writer's token with that of the connection before, and keeps none beyond it";

    /// <inheritdoc/>
    public override Plan Plan => Of("tokens-remembered");

    /// <inheritdoc/>
    protected override object? Part { get; } = new Maker();

    private sealed class Maker : OutletMaker
    {
        public override Outlet Make(bool tells) => new OpenOutlet { Tells = tells };
    }
}
