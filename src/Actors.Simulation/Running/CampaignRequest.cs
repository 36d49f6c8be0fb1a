namespace Actors.Simulation;

/// <summary>Many runs of one plan.</summary>
/// <param name="Plan">The plan.</param>
public sealed record CampaignRequest(Plan Plan)
{
    /// <summary>The first seed.</summary>
    public ulong From { get; init; } = 1;

    /// <summary>Seeds to run, at least 1: the first and those after it.</summary>
    public long Seeds { get; init; } = 1000;

    /// <summary>Threads, at least 1. The result doesn't depend on it.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>Wall time after which no further seed begins; null: none.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>One seed in so many is run twice and compared (I30); 0: none.</summary>
    public int RepeatEvery { get; init; } = 20;

    /// <summary>Failing runs to keep, the first ones by seed; the rest are only counted.</summary>
    public int KeptFailures { get; init; } = 10;

    /// <summary>Name of the flawed variant to run, or null.</summary>
    public string? Flaw { get; init; }

    /// <summary>How long a step may take before the campaign is ended as failed.</summary>
    internal StepLimit StepLimit { get; init; } = StepLimit.Default;

    /// <summary>What a choice of each seed's script is, instead of drawing by the seed (fail-nth); null: none.</summary>
    internal Func<ulong, RunScript?>? Scripts { get; init; }

    /// <summary>Makers of the checks that need more than one run of a seed.</summary>
    public IReadOnlyList<Func<ICampaignCheck>> Checks { get; init; } = CampaignChecks.Makers;
}

/// <summary>
/// A demand that one run can't show: it compares a run with others of the same seed (non-interference, for instance). One instance serves one worker.
/// </summary>
public interface ICampaignCheck
{
    /// <summary>Id of its oracle, such as <c>I22</c>.</summary>
    string Oracle { get; }

    /// <summary>One seed in so many is checked, at least 1: these checks cost runs.</summary>
    int Every { get; }

    /// <summary>Whether it has something to say about a plan.</summary>
    bool Applies(Plan plan);

    /// <summary>Null, or what was violated.</summary>
    /// <param name="host">Where further runs can be made.</param>
    /// <param name="result">The run of this seed, which passed.</param>
    Violation? Check(SimHost host, RunResult result);
}
