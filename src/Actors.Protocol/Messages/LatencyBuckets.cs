using System.Numerics;

namespace Actors.Protocol;

/// <summary>
/// Bounds of latency histograms: 8 steps an octave from 128 ns up to 2^37 ns (137 s), so a percentile read from them is at most 12.5 % too high. The same
/// everywhere, so that histograms of nodes add up.
/// </summary>
public static class LatencyBuckets
{
    /// <summary>Buckets of an octave.</summary>
    public const int StepsAnOctave = 1 << StepBits;

    private const int StepBits = 3;
    private const int FirstOctave = 7;
    private const int LastOctave = 37;

    /// <summary>Buckets.</summary>
    public const int Count = ((LastOctave - FirstOctave) << StepBits) + 1;

    /// <summary>Octaves, for histograms that need less: the first ends at 256 ns, the last has no end.</summary>
    public const int Octaves = LastOctave - FirstOctave + 1;

    /// <summary>The octave of a latency.</summary>
    public static int OctaveOf(long nanoseconds) => Of(nanoseconds) >> StepBits;

    /// <summary>The upper bound of an octave in nanoseconds, exclusive.</summary>
    public static long OctaveUpperBound(int octave) => UpperBound((octave << StepBits) | ((1 << StepBits) - 1));

    /// <summary>The bucket of a latency. The first holds everything below 128 ns, the last everything from 137 s.</summary>
    public static int Of(long nanoseconds)
    {
        if (nanoseconds < 1L << FirstOctave)
            return 0;
        var octave = BitOperations.Log2((ulong)nanoseconds);
        if (octave >= LastOctave)
            return Count - 1;
        var step = (int)(nanoseconds >> (octave - StepBits)) & ((1 << StepBits) - 1);
        return ((octave - FirstOctave) << StepBits) + step;
    }

    /// <summary>The upper bound of a bucket in nanoseconds, exclusive.</summary>
    public static long UpperBound(int bucket)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bucket);
        if (bucket >= Count - 1)
            return long.MaxValue;
        var octave = FirstOctave + (bucket >> StepBits);
        var step = bucket & ((1 << StepBits) - 1);
        return (1L << octave) + ((step + 1L) << (octave - StepBits));
    }

    /// <summary>The latency below which this share of all counts lies, as its bucket's upper bound in nanoseconds; 0 when nothing was counted.</summary>
    /// <param name="counts">One count a bucket.</param>
    /// <param name="share">0 to 1.</param>
    public static long Percentile(ReadOnlySpan<long> counts, double share)
    {
        long total = 0;
        foreach (var count in counts)
            total += count;
        if (total == 0)
            return 0;
        var wanted = Math.Max(1, (long)Math.Ceiling(total * share));
        for (var bucket = 0; bucket < counts.Length; bucket++)
        {
            wanted -= counts[bucket];
            if (wanted <= 0)
                return UpperBound(bucket);
        }

        return UpperBound(counts.Length - 1);
    }
}
