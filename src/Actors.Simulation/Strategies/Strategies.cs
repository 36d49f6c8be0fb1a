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
    /// The strategy of a seed in a portfolio, of eight: three PCT, two POS, random, delay-bounded, round robin. The seed's bits are mixed first: neighbours differ.
    /// </summary>
    public static StrategyKind OfSeed(ulong seed) => (Prng.Mix(seed) & 7) switch
    {
        0 or 1 or 2 => StrategyKind.Pct,
        3 or 4 => StrategyKind.Pos,
        5 => StrategyKind.Random,
        6 => StrategyKind.DelayBounded,
        _ => StrategyKind.RoundRobin,
    };
}
