using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>What a failing run was reduced to.</summary>
public sealed record ShrinkResult
{
    /// <summary>The run that was given.</summary>
    public required RunResult Original { get; init; }

    /// <summary>The violation that every candidate had to show.</summary>
    public required Violation Violation { get; init; }

    /// <summary>The smallest failing run, with its choices and trace. Its request has the reduced plan and script.</summary>
    public required RunResult Smallest { get; init; }

    /// <summary>The nearest run that passes: the smallest one without one of its choices; null when none was found.</summary>
    public required RunResult? Neighbour { get; init; }

    /// <summary>Which choice the neighbour is without, as a sentence; null when there is none.</summary>
    public required string? Difference { get; init; }

    /// <summary>Where the traces of the smallest run and its neighbour part.</summary>
    public required TraceDifference? Divergence { get; init; }

    /// <summary>Runs that were tried.</summary>
    public required int Candidates { get; init; }

    /// <summary>Wall time.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>True when a limit ended the search.</summary>
    public required bool IsCut { get; init; }

    /// <summary>Choices that differ from the default in the smallest run: firings of faults and picks of the schedule.</summary>
    public int Depth => Smallest.Firings.Length + Smallest.Picks.Length;

    /// <summary>Choices of the original.</summary>
    public int OriginalDepth => Original.Firings.Length + Original.Picks.Length;

    /// <summary>The smallest run as 5 to 12 sentences.</summary>
    public ImmutableArray<string> Sentences => Explanation.Of(Smallest, Violation);
}
