namespace Actors.Simulation;

/// <summary>A node that hears of a higher token takes one above it and asks nobody: neither its lease nor the other replicas.</summary>
internal sealed class TokenRaisedAlone : ClusterFlaw
{
    /// <inheritdoc/>
    public override string Name => "token-raised-alone";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I20"];

    /// <inheritdoc/>
    public override string Source => "mistake: whoever is refused with a token outbids it, and the register isn't asked";

    /// <inheritdoc/>
    public override Plan Plan => Of("tokens-remembered");

    /// <inheritdoc/>
    protected override object? Part { get; } = new Maker();

    private sealed class Maker : TokenRegisterMaker
    {
        public override TokenRegister Make(int vms) => new Bidder(vms);
    }

    private sealed class Bidder(int vms) : TokenRegister(vms)
    {
        public override bool MayAsk(bool holdsLease) => true;

        public override bool IsKnown(uint granted, uint members, int nodes, TokenWish? wish) =>
            wish is { IsRaise: true } || base.IsKnown(granted, members, nodes, wish);
    }
}
