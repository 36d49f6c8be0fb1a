using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>One rule of a plan: at which site, what, when, and how it heals.</summary>
public sealed record FaultRule
{
    /// <summary>Its name within the plan.</summary>
    public required string Id { get; init; }

    /// <summary>The taxonomy's row, such as <c>F01</c>; given, or found from site and action.</summary>
    public required string Row { get; init; }

    /// <summary>Site name, such as <c>irq.raise</c>, <c>dm.after-used-idx</c>, <c>backend.write</c>, <c>guest.memory</c>, <c>timer</c>.</summary>
    public required string Site { get; init; }

    /// <summary>What is done there, such as <c>drop</c>.</summary>
    public required string Do { get; init; }

    /// <summary>Chance that the rule is active at all in a run (first phase).</summary>
    public double Activation { get; init; } = 1;

    /// <summary>Chance at each visit of the site (second phase).</summary>
    public double Probability { get; init; } = 1;

    /// <summary>Only the nth visit that fits (from 1); 0: any; -1: one drawn for the run (in files <c>any</c> and <c>random</c>).</summary>
    public int Nth { get; init; }

    /// <summary>Only every so many visits; 0: every one.</summary>
    public int Interval { get; init; }

    /// <summary>Firings at most in a run; 0: no bound.</summary>
    public int Times { get; init; }

    /// <summary>Visits in a row that fire once one did.</summary>
    public int Burst { get; init; } = 1;

    /// <summary>Bytes that pass before it fires (a disk's free space); -1: none.</summary>
    public long Space { get; init; } = -1;

    /// <summary>Share of the previous decision in each decision, 0 to 1 (netem).</summary>
    public double Correlation { get; init; }

    /// <summary>Virtual time from which it may fire.</summary>
    public TimeSpan From { get; init; } = TimeSpan.Zero;

    /// <summary>Virtual time until which it may fire.</summary>
    public TimeSpan Until { get; init; } = TimeSpan.MaxValue;

    /// <summary>What it may hit.</summary>
    public FaultSelector Select { get; init; } = FaultSelector.Everything;

    /// <summary>State of the plan's automaton in which it may fire; null: any (blkdebug).</summary>
    public int? WhenState { get; init; }

    /// <summary>State that the automaton takes when it fired; null: none.</summary>
    public int? NewState { get; init; }

    /// <summary>Time after a firing at which what it broke is repaired; null: at the end of the window or phase.</summary>
    public FaultAmount? HealAfter { get; init; }

    /// <summary>Parameters of the action: <c>gap</c>, <c>delay</c>, <c>len</c>, <c>errno</c>, <c>field</c>, <c>bit</c>, ...; distributions keep their form.</summary>
    public ImmutableSortedDictionary<string, string> Parameters { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}

/// <summary>What a rule may hit; null fits everything.</summary>
public sealed record FaultSelector(int? Vm = null, int? Vcpu = null, string? Device = null, int? Queue = null, int? Port = null, int? Vector = null, int? Node = null)
{
    /// <summary>Fits everything.</summary>
    public static readonly FaultSelector Everything = new();
}

/// <summary>A number or time, fixed or drawn. Times are in ticks of 100 ns.</summary>
/// <param name="Kind">How it is drawn.</param>
/// <param name="A">The constant, mean or minimum.</param>
/// <param name="B">The maximum.</param>
public readonly record struct FaultAmount(FaultAmountKind Kind, double A, double B = 0);

/// <summary>How an amount is drawn.</summary>
public enum FaultAmountKind : byte
{
    /// <summary>A.</summary>
    Constant,

    /// <summary>From A to B, both included.</summary>
    Uniform,

    /// <summary>Exponential with mean A.</summary>
    Exponential,
}
