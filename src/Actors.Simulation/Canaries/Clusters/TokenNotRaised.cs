namespace Actors.Simulation;

/// <summary>A take-over leaves the token as it is.</summary>
internal sealed class TokenNotRaised : ClusterFlaw
{
    /// <inheritdoc/>
    public override string Name => "token-not-raised";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I20"];

    /// <inheritdoc/>
    public override string Source => "mistake: the next owner goes on with the token of the one before";

    /// <inheritdoc/>
    public override Plan Plan => Of("node-crash");

    /// <inheritdoc/>
    protected override object? Part { get; } = new Maker();

    private sealed class Maker : TokenRegisterMaker
    {
        public override TokenRegister Make(int vms) => new Still(vms);
    }

    private sealed class Still(int vms) : TokenRegister(vms)
    {
        public override ulong Above(ulong heard, long seconds, int uid) => heard != 0 ? heard : base.Above(heard, seconds, uid);

        public override bool TryAccept(int vm, in RegisterEntry proposed)
        {
            if (proposed.Token < this[vm].Token)
                return false;
            Store(vm, proposed);
            return true;
        }
    }
}
