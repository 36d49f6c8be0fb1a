namespace Actors.Cli;

/// <summary>One second of a test.</summary>
/// <param name="Seconds">Since the test began.</param>
/// <param name="VmsUp">VMs that run.</param>
/// <param name="ExitsPerSecond">Exits of all nodes.</param>
/// <param name="BytesPerSecond">Bytes that arrived.</param>
/// <param name="ExitLatency">Of this second's exits.</param>
/// <param name="LineLatency">Of this second's lines.</param>
/// <param name="SilentVms">VMs that should have said something for two seconds, and did not.</param>
/// <param name="MemoryBytes">Memory of all nodes.</param>
/// <param name="Nodes">Each node.</param>
internal sealed record ScaleSample(
    double Seconds,
    int VmsUp,
    double ExitsPerSecond,
    double BytesPerSecond,
    ScaleLatency ExitLatency,
    ScaleLatency LineLatency,
    int SilentVms,
    long MemoryBytes,
    IReadOnlyList<ScaleNodeSample> Nodes);

/// <summary>One second of a node.</summary>
internal sealed record ScaleNodeSample(string Node, bool Answers, int Vms, int Services, double ExitsPerSecond, long MemoryBytes);

/// <summary>Something that happened to a node.</summary>
/// <param name="At">Nanoseconds of the test's clock.</param>
/// <param name="Sentence">What.</param>
internal sealed record ScaleEvent(long At, string Sentence);

/// <summary>Percentiles in nanoseconds; 0: nothing was measured.</summary>
internal readonly record struct ScaleLatency(long P50, long P99, long P999)
{
    /// <summary>Of counts by bucket.</summary>
    public static ScaleLatency Of(ReadOnlySpan<long> counts) => new(
        Protocol.LatencyBuckets.Percentile(counts, 0.5), Protocol.LatencyBuckets.Percentile(counts, 0.99), Protocol.LatencyBuckets.Percentile(counts, 0.999));

    /// <summary>Of what came after an earlier count.</summary>
    public static ScaleLatency Between(long[] before, long[] after)
    {
        var fresh = new long[after.Length];
        for (var i = 0; i < fresh.Length; i++)
            fresh[i] = after[i] - before[i];
        return Of(fresh);
    }
}
