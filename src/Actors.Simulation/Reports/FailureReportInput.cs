using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>What the page about a failure shows.</summary>
public sealed record FailureReportInput
{
    /// <summary>The failing run, with its trace recorded; the smallest one, where it was shrunk.</summary>
    public required RunResult Run { get; init; }

    /// <summary>What was violated.</summary>
    public required Violation Violation { get; init; }

    /// <summary>One line that repeats the run, such as <c>actors chaos replay x.choices.bin</c>.</summary>
    public required string ReplayCommand { get; init; }

    /// <summary>What the oracle demands; null: the sentence of the oracle in the box.</summary>
    public string? OracleStatement { get; init; }

    /// <summary>The nearest run that passes, with its trace recorded; null: none is known.</summary>
    public RunResult? Neighbour { get; init; }

    /// <summary>Which choice the neighbour is without, as a sentence.</summary>
    public string? Difference { get; init; }

    /// <summary>Choices of the run as it was found; null: it was not shrunk.</summary>
    public int? OriginalDepth { get; init; }

    /// <summary>Runs that shrinking took.</summary>
    public int? Candidates { get; init; }

    /// <summary>What happened, in sentences.</summary>
    public ImmutableArray<string> Sentences { get; init; } = [];

    /// <summary>An xunit test that repeats the run; null: one is made of the plan and the seed.</summary>
    public string? XunitTest { get; init; }

    /// <summary>Version of the build, or null.</summary>
    public string? Version { get; init; }
}
