using Actors.Protocol;

namespace Actors.Cli;

/// <summary>How long lines took, from all threads.</summary>
internal sealed class LineLatencies
{
    private readonly long[] _counts = new long[LatencyBuckets.Count];

    /// <summary>One more.</summary>
    public void Add(long nanoseconds) => Interlocked.Increment(ref _counts[LatencyBuckets.Of(nanoseconds)]);

    /// <summary>All so far.</summary>
    public long[] Read()
    {
        var copy = new long[LatencyBuckets.Count];
        for (var i = 0; i < copy.Length; i++)
            copy[i] = Interlocked.Read(ref _counts[i]);
        return copy;
    }
}
