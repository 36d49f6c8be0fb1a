using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>What became of a run.</summary>
public sealed record RunResult
{
    /// <summary>The request.</summary>
    public required RunRequest Request { get; init; }

    /// <summary>The verdict.</summary>
    public required RunVerdict Verdict { get; init; }

    /// <summary>Hash of the whole trace.</summary>
    public required ulong TraceHash { get; init; }

    /// <summary>Steps taken.</summary>
    public required long Steps { get; init; }

    /// <summary>Events in the trace.</summary>
    public required long Events { get; init; }

    /// <summary>Virtual time at the end.</summary>
    public required TimeSpan Virtual { get; init; }

    /// <summary>Virtual time at which the last fault was healed.</summary>
    public required TimeSpan HealedAt { get; init; }

    /// <summary>First violation of each oracle, in order of time.</summary>
    public required ImmutableArray<Violation> Violations { get; init; }

    /// <summary>Per rule of the plan: how often it fired, had an effect, was recovered from.</summary>
    public required ImmutableArray<FaultCount> Faults { get; init; }

    /// <summary>Names of the points of <see cref="Plan.Sometimes"/>, and of those a workload marks, that were reached.</summary>
    public required ImmutableArray<string> Reached { get; init; }

    /// <summary>Faults that fired; always kept (they are few).</summary>
    public required ImmutableArray<FaultFiring> Firings { get; init; }

    /// <summary>Schedule choices that differ from the default; empty unless recorded.</summary>
    public required ImmutableArray<SchedulePick> Picks { get; init; }

    /// <summary>Step in which each of <see cref="Picks"/> was made.</summary>
    public ImmutableArray<long> PickSteps { get; init; } = [];

    /// <summary>Why the run is inconclusive, or in which choice a strict replay differed; else null.</summary>
    public string? Note { get; init; }

    /// <summary>The events, when they were recorded.</summary>
    public TraceRecording? Recording { get; init; }

    /// <summary>The script that repeats this run exactly.</summary>
    public RunScript Script => new(ReplayMode.Strict, Firings, Picks) { WorkloadBytes = Request.Script?.WorkloadBytes };

    /// <summary>What stands in the place of an oracle's id when a run ended with an exception.</summary>
    internal const string DefectOracle = "defect";

    /// <summary>The result of a run that ended with an exception.</summary>
    internal static RunResult Defect(RunRequest request, Exception defect) => new()
    {
        Request = request,
        Verdict = RunVerdict.Failed,
        TraceHash = 0,
        Steps = 0,
        Events = 0,
        Virtual = TimeSpan.Zero,
        HealedAt = TimeSpan.Zero,
        Violations = [new Violation(DefectOracle, defect is WorldStuckException ? defect.Message : $"{defect.GetType().Name}: {defect.Message} {FirstFrame(defect)}", new Moment(0, 0, 0, 0, -1))],
        Faults = [],
        Reached = [],
        Firings = [],
        Picks = [],
    };

    private static string FirstFrame(Exception defect) =>
        defect.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Actors.", StringComparison.Ordinal))?.Trim() ?? string.Empty;
}

/// <summary>Counts of one rule.</summary>
/// <param name="Rule">Id of the rule.</param>
/// <param name="Row">Row of the taxonomy.</param>
/// <param name="Fired">Times it acted.</param>
/// <param name="Effective">Times that changed something.</param>
/// <param name="Recovered">Times that the system made up for it.</param>
public readonly record struct FaultCount(string Rule, string Row, long Fired, long Effective, long Recovered)
{
    /// <summary>Times that its site was visited by what fits its selector: the occurrences at which it could have fired.</summary>
    public long Visits { get; init; }
}

/// <summary>Verdicts.</summary>
public enum RunVerdict : byte
{
    /// <summary>Nothing was violated.</summary>
    Passed,

    /// <summary>An oracle was violated, or the run wasn't deterministic.</summary>
    Failed,

    /// <summary>A bound ended the safety phase.</summary>
    Inconclusive,
}
