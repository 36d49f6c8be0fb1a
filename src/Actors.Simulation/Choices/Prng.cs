namespace Actors.Simulation;

/// <summary>
/// A stream of numbers that is the same on every runtime: xoshiro256**, seeded by splitmix64. Streams of different purposes are made from the run's seed and a
/// name, so that drawing more of one changes nothing in another.
/// </summary>
public sealed class Prng
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>Makes the stream of a purpose.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="purpose">Number of the purpose.</param>
    public Prng(ulong seed, ulong purpose)
    {
        var state = seed ^ Mix(purpose + 0x9E37_79B9_7F4A_7C15);
        _s0 = Split(ref state);
        _s1 = Split(ref state);
        _s2 = Split(ref state);
        _s3 = Split(ref state);
    }

    /// <summary>Mixes a number into a well spread one (splitmix64's finisher).</summary>
    public static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        var result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1; bound at least 1.</summary>
    public int Below(int bound) => (int)(((Next() >> 32) * (ulong)(uint)bound) >> 32);

    /// <summary>A number from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public long Between(long low, long high) => low + (long)(Next() % (ulong)(high - low + 1));

    /// <summary>A number in [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with a chance.</summary>
    public bool Chance(double probability) => probability >= 1 || (probability > 0 && Unit() < probability);

    /// <summary>An exponentially distributed number.</summary>
    public double Exponential(double mean) => -mean * Math.Log(1 - Unit());

    private static ulong Split(ref ulong state) => Mix(state += 0x9E37_79B9_7F4A_7C15);
}
