using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>What one thread counted. Only that thread writes, without locked instructions; readers add up all blocks.</summary>
internal sealed class MeterBlock
{
    /// <summary>Hops there are.</summary>
    public static readonly int Hops = Enum.GetValues<PathHop>().Length;

    /// <summary>Steps taken, by hop.</summary>
    public readonly long[] Steps = new long[Hops];

    /// <summary>Exits by latency.</summary>
    public readonly long[] Latencies = new long[LatencyBuckets.Count];

    public long BytesFromGuests;
    public long BytesWritten;
    public long BytesDropped;
    public long BytesToGuests;
    public long GuestFaults;
    public long Crashes;

    /// <summary>Nanoseconds of all exits together.</summary>
    public long LatencySum;
}
