using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>Flaws of clusters.</summary>
internal static class ClusterFlaws
{
    /// <summary>Makers of all.</summary>
    public static ImmutableArray<Func<Flaw>> Makers { get; } =
    [
        () => new BackendIgnoresTokens(),
        () => new LeaseNotChecked(),
        () => new MinorityKeepsRunning(),
        () => new TokenNotRaised(),
        () => new TokenWithoutMajority(),
        () => new TokenRaisedAlone(),
        () => new ReceiverForgets(),
        () => new HandOverWithoutStop(),
        () => new DamagedMessageAccepted(),
        () => new OldTokenInExchange(),
    ];
}
