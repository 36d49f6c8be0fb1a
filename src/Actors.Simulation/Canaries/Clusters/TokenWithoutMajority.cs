namespace Actors.Simulation;

/// <summary>One replica is enough for a token.</summary>
internal sealed class TokenWithoutMajority : ClusterFlaw
{
    /// <inheritdoc/>
    public override string Name => "token-without-majority";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I20"];

    /// <inheritdoc/>
    public override string Source => "mistake: who reaches itself has what it needs (two owners after a wrong decision)";

    /// <inheritdoc/>
    public override Plan Plan => Of("split-brain");

    /// <inheritdoc/>
    protected override object? Part { get; } = new Maker();

    private sealed class Maker : TokenRegisterMaker
    {
        public override TokenRegister Make(int vms) => new Alone(vms);
    }

    private sealed class Alone(int vms) : TokenRegister(vms)
    {
        public override int Needed(int nodes) => 1;
    }
}
