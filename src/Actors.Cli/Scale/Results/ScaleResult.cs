using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>What came of a test.</summary>
internal sealed record ScaleResult
{
    public required ScalePlan Plan { get; init; }

    public required int Vms { get; init; }

    public required VmPlacement Placement { get; init; }

    /// <summary>Nodes at the beginning.</summary>
    public required int Nodes { get; init; }

    /// <summary>Seconds of full load.</summary>
    public double Duration { get; init; }

    /// <summary>Seconds until all VMs were up.</summary>
    public double StartSeconds { get; init; }

    public double ExitsPerSecond { get; init; }

    /// <summary>CPU time of all nodes for each exit, in nanoseconds: whatever else they did is in it. 0: there was no exit.</summary>
    public double CpuNsPerExit { get; init; }

    public double BytesPerSecond { get; init; }

    public ScaleLatency ExitLatency { get; init; }

    public ScaleLatency LineLatency { get; init; }

    public long BytesSent { get; init; }

    public long BytesArrived { get; init; }

    public long Lost { get; init; }

    public long Doubled { get; init; }

    /// <summary>Bytes that were on their way through a node that went.</summary>
    public long InFlight { get; init; }

    /// <summary>VMs whose oracle isn't content, the first few.</summary>
    public ImmutableArray<int> UncleanVms { get; init; } = [];

    public long BytesPerVm { get; init; }

    public int Restarts { get; init; }

    public int Takeovers { get; init; }

    /// <summary>Requests that were open in VMs that were lost, as nodes tell.</summary>
    public long RequestsInFlight { get; init; }

    public double LongestStallSeconds { get; init; }

    public double LongestRestartSeconds { get; init; }

    /// <summary>What went wrong beside bytes and objectives; a sentence each.</summary>
    public ImmutableArray<string> Problems { get; init; } = [];

    public ImmutableArray<ScaleVerdict> Objectives { get; init; } = [];

    public ImmutableArray<ScaleSample> Samples { get; init; } = [];

    public ImmutableArray<ScaleEvent> Events { get; init; } = [];

    /// <summary>A signal ended it before its time.</summary>
    public bool IsStopped { get; init; }

    /// <summary>Nothing lost, nothing doubled, every objective met, nothing else wrong.</summary>
    public bool IsGood => Lost == 0 && Doubled == 0 && Problems.IsEmpty && Objectives.All(objective => objective.IsMet);

    /// <summary>The value that an objective is about.</summary>
    public double ValueOf(ScaleObjectiveKind kind) => kind switch
    {
        ScaleObjectiveKind.ExitLatencyP50 => ExitLatency.P50,
        ScaleObjectiveKind.ExitLatencyP99 => ExitLatency.P99,
        ScaleObjectiveKind.ExitLatencyP999 => ExitLatency.P999,
        ScaleObjectiveKind.LineLatencyP50 => LineLatency.P50,
        ScaleObjectiveKind.LineLatencyP99 => LineLatency.P99,
        ScaleObjectiveKind.LineLatencyP999 => LineLatency.P999,
        ScaleObjectiveKind.Lost => Lost,
        ScaleObjectiveKind.Doubled => Doubled,
        ScaleObjectiveKind.RestartWithin => LongestRestartSeconds * 1e9,
        ScaleObjectiveKind.LongestStall => LongestStallSeconds * 1e9,
        ScaleObjectiveKind.StartWithin => StartSeconds * 1e9,
        ScaleObjectiveKind.BytesPerVm => BytesPerVm,
        ScaleObjectiveKind.ExitsPerSecond => ExitsPerSecond,
        ScaleObjectiveKind.BytesPerSecond => BytesPerSecond,
        _ => 0,
    };

    /// <summary>With its objectives judged.</summary>
    public ScaleResult Judged() => this with
    {
        Objectives = [.. Plan.Objectives.Select(objective => new ScaleVerdict(objective, IsMeasured(objective.Kind) ? ValueOf(objective.Kind) : null))],
    };

    /// <summary>A latency of nothing meets no objective.</summary>
    private bool IsMeasured(ScaleObjectiveKind kind) => kind switch
    {
        ScaleObjectiveKind.ExitLatencyP50 or ScaleObjectiveKind.ExitLatencyP99 or ScaleObjectiveKind.ExitLatencyP999 => ExitLatency.P50 > 0,
        ScaleObjectiveKind.LineLatencyP50 or ScaleObjectiveKind.LineLatencyP99 or ScaleObjectiveKind.LineLatencyP999 => LineLatency.P50 > 0,
        _ => true,
    };
}

/// <summary>An objective and what became of it.</summary>
/// <param name="Objective">The plan's.</param>
/// <param name="Value">What was measured; null: there was nothing to measure, and that meets no objective.</param>
internal sealed record ScaleVerdict(ScaleObjective Objective, double? Value)
{
    /// <summary>Whether it holds.</summary>
    public bool IsMet { get; } = Value is { } value && ScaleObjectiveWords.IsMet(Objective, value);

    /// <summary>What was measured, for a person.</summary>
    public string Measured => Value is { } value ? ScaleObjectiveWords.Text(Objective.Kind, value) : "not measured";
}
