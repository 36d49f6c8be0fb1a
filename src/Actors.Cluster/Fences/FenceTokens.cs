using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// How tokens are made: 32 bits that rise each time a shard gets a home, 12 that tell homes apart which took the same number at the same time on two
/// sides of a partition, 20 that count what this home starts. The register is in memory of the nodes, so it begins with the time in seconds: a cluster that was
/// restarted as a whole doesn't begin below what files and receivers remember.
/// </summary>
internal static class FenceTokens
{
    private const int CounterBits = 20;
    private const int NodeBits = 12;

    /// <summary>Tokens that one office can give.</summary>
    public const uint MaxCounter = (1u << CounterBits) - 1;

    /// <summary>What the register has to rise to for the next home.</summary>
    /// <param name="register">Its value, as a majority of nodes knows it.</param>
    /// <param name="seconds">Now, since 1970.</param>
    public static ulong Next(ulong register, long seconds) => Math.Max(register + 1, (ulong)Math.Max(seconds, 0));

    /// <summary>Value of the register that a token was made with.</summary>
    public static ulong RegisterOf(FencingToken token) => token.Value >> (CounterBits + NodeBits);

    /// <summary>What all tokens of one home have in common.</summary>
    public static ulong HomeOf(ulong token) => token >> CounterBits;

    /// <summary>One token.</summary>
    /// <param name="register">Value that this home raised the register to.</param>
    /// <param name="node">Uid of the home's incarnation.</param>
    /// <param name="counter">From 1 to <see cref="MaxCounter"/>.</param>
    public static FencingToken Make(ulong register, int node, uint counter) =>
        new((register << (CounterBits + NodeBits)) | ((ulong)(uint)node % (1u << NodeBits) << CounterBits) | counter);
}
