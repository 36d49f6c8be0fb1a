namespace Actors.Simulation;

/// <summary>Makes strategies.</summary>
internal static class Strategies
{
    /// <summary>
    /// Makes one run's strategy. Those that can starve an actor (<see cref="PctStrategy"/>, <see cref="PosStrategy"/>, <see cref="DelayBoundedStrategy"/>) come with
    /// the guard against it.
    /// </summary>
    public static ScheduleStrategy Make(StrategyKind kind, ulong seed, Prng random) => kind switch
    {
        StrategyKind.Portfolio => Make(OfSeed(seed), seed, random),
        StrategyKind.Pct => new StarvationGuard(new PctStrategy(random)),
        StrategyKind.Pos => new StarvationGuard(new PosStrategy(random)),
        StrategyKind.DelayBounded => new StarvationGuard(new DelayBoundedStrategy(random)),
        StrategyKind.RoundRobin => new RoundRobinStrategy(),
        _ => new RandomStrategy(random),
    };

    /// <summary>
    /// The strategy of a seed in a portfolio, of sixteen: five PCT, four POS, four random, two delay-bounded, one round robin, whose schedule is the same for each seed.
    /// The seed's bits are mixed first: neighbours differ.
    /// </summary>
    public static StrategyKind OfSeed(ulong seed) => (Prng.Mix(seed) & 15) switch
    {
        < 5 => StrategyKind.Pct,
        < 9 => StrategyKind.Pos,
        < 13 => StrategyKind.Random,
        < 15 => StrategyKind.DelayBounded,
        _ => StrategyKind.RoundRobin,
    };
}
