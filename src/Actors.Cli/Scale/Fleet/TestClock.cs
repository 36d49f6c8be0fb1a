using System.Diagnostics;

namespace Actors.Cli;

/// <summary>Nanoseconds since a test began.</summary>
internal sealed class TestClock
{
    private readonly long _began = Stopwatch.GetTimestamp();

    /// <summary>Now.</summary>
    public long Now => (long)(Stopwatch.GetElapsedTime(_began).TotalNanoseconds);
}
