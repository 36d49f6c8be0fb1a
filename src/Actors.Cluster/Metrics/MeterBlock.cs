using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>What one thread counted. Only that thread writes, without locked instructions; readers add up all blocks.</summary>
internal sealed class MeterBlock
{
    /// <summary>Hops there are.</summary>
    public static readonly int Hops = Enum.GetValues<PathHop>().Length;

    /// <summary>Buckets of a hop's latency.</summary>
    public const int HopOctaves = LatencyBuckets.Octaves;

    /// <summary>Steps taken, by hop.</summary>
    public readonly long[] Steps = new long[Hops];

    /// <summary>Exits by latency.</summary>
    public readonly long[] Latencies = new long[LatencyBuckets.Count];

    /// <summary>Steps of exits that were followed, by hop and octave of their latency: <see cref="HopOctaves"/> a hop.</summary>
    public readonly long[] HopLatencies = new long[Hops * HopOctaves];

    /// <summary>Nanoseconds of these steps together, by hop.</summary>
    public readonly long[] HopSums = new long[Hops];

    public long BytesFromGuests;
    public long BytesWritten;
    public long BytesDropped;
    public long BytesToGuests;
    public long GuestFaults;
    public long Crashes;

    /// <summary>Nanoseconds of all exits together.</summary>
    public long LatencySum;

    /// <summary>A step of an exit that is followed took so long since the step before it.</summary>
    public void AddHop(PathHop hop, long nanoseconds)
    {
        HopLatencies[((int)hop * HopOctaves) + LatencyBuckets.OctaveOf(nanoseconds)]++;
        HopSums[(int)hop] += nanoseconds;
    }
}
