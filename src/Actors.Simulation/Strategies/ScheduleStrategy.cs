namespace Actors.Simulation;

/// <summary>Picks who goes on. One instance serves one run.</summary>
internal abstract class ScheduleStrategy
{
    /// <summary>Index of the one that goes on; there are at least two.</summary>
    public abstract int Pick(ReadySet ready, long step);
}

/// <summary>Names of strategies.</summary>
public enum StrategyKind : byte
{
    /// <summary>One of the others, chosen by the seed.</summary>
    Portfolio,

    /// <summary>Everybody has the same chance in each step.</summary>
    Random,

    /// <summary>Random priorities, changed at a few random steps (Burckhardt and others, 2010).</summary>
    Pct,

    /// <summary>Partial order sampling: a random priority for each message (Yuan and others, 2018).</summary>
    Pos,

    /// <summary>First come, first served, but for a few delays (Emmi and others, 2011).</summary>
    DelayBounded,

    /// <summary>First come, first served.</summary>
    RoundRobin,
}
