namespace Actors.Simulation;

/// <summary>Makes strategies.</summary>
internal static class Strategies
{
    public static ScheduleStrategy Make(StrategyKind kind, ulong seed, Prng random) => kind switch
    {
        StrategyKind.RoundRobin => new RoundRobinStrategy(),
        _ => new RandomStrategy(random),
    };
}
