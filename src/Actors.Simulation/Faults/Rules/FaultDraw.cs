namespace Actors.Simulation;

/// <summary>
/// Numbers of one visit of one rule: made from the run's seed, the rule's name and the visit's number alone. So what other rules do, and whether they are there,
/// changes nothing.
/// </summary>
internal struct FaultDraw(ulong key, long visit)
{
    private const ulong Step = 0x9E37_79B9_7F4A_7C15;

    private ulong _state = Prng.Mix(key ^ Prng.Mix((ulong)visit * Step));

    /// <summary>Key of a rule in a run.</summary>
    public static ulong KeyOf(ulong seed, string rule)
    {
        var hash = 0xCBF2_9CE4_8422_2325UL;
        foreach (var letter in rule)
            hash = (hash ^ letter) * 0x0000_0100_0000_01B3;
        return Prng.Mix(seed + Step) ^ Prng.Mix(hash);
    }

    /// <summary>64 random bits.</summary>
    public ulong Next() => Prng.Mix(_state += Step);

    /// <summary>A number in [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)(((Next() >> 32) * (ulong)(uint)bound) >> 32);

    /// <summary>An amount, rounded, not below 0.</summary>
    public long Of(FaultAmount amount) => amount.Kind switch
    {
        FaultAmountKind.Uniform => (long)amount.A + (long)(Unit() * (Math.Floor(amount.B) - Math.Floor(amount.A) + 1)),
        FaultAmountKind.Exponential => (long)Math.Min(-amount.A * Math.Log(1 - Unit()), long.MaxValue / 4),
        _ => (long)amount.A,
    };
}
