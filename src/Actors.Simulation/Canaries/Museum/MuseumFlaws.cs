using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>The mistakes of the regression museum.</summary>
internal static class MuseumFlaws
{
    /// <summary>Makers of all.</summary>
    public static ImmutableArray<Func<Flaw>> Makers { get; } =
    [
        () => new RestoredQueueFlaw(),
        () => new AbsentReaderFlaw(),
        () => new DisconnectedIsFailureFlaw(),
        () => new KickBeforeRingFlaw(),
        () => new LiveQueueResizedFlaw(),
        () => new IndexAsIntFlaw(),
    ];
}
