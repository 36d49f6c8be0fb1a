using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// How tokens are made: 32 bits that rise each time a shard gets a home, 12 that tell homes apart which took the same number at the same time on two
/// sides of a partition, 20 that count what this home starts. The register is in memory of the nodes, so it begins with the time in seconds: a cluster that was
/// restarted as a whole doesn't begin below what files and receivers remember. Where clocks were set back meanwhile, a backend's refusal says what it remembers, and the register is raised above that.
/// </summary>
internal static class FenceTokens
{
    private const int CounterBits = 20;
    private const int NodeBits = 12;

    /// <summary>Registers above this one are nothing but damage: some 80 years after now, or a backend's mistake.</summary>
    private const ulong MostSeen = uint.MaxValue - (1u << 24);

    /// <summary>Tokens that one office can give.</summary>
    public const uint MaxCounter = (1u << CounterBits) - 1;

    /// <summary>What the register has to rise to for the next home.</summary>
    /// <param name="register">Its value, as a majority of nodes knows it.</param>
    /// <param name="seconds">Now, since 1970.</param>
    public static ulong Next(ulong register, long seconds) => Math.Max(register + 1, (ulong)Math.Max(seconds, 0));

    /// <summary>The same, where a backend has seen a token of a register that was higher: of a cluster before this one, when clocks have been set back since.</summary>
    /// <param name="register">Its value.</param>
    /// <param name="seen">The one that was seen; of no effect when so little is left above it that no cluster can have come there by itself.</param>
    /// <param name="seconds">Now, since 1970.</param>
    public static ulong Next(ulong register, ulong seen, long seconds) => Next(seen > MostSeen ? register : Math.Max(register, seen), seconds);

    /// <summary>False for a token that no cluster can have given by itself: there is no use in going above it.</summary>
    public static bool CanPass(FencingToken seen) => RegisterOf(seen) <= MostSeen;

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
