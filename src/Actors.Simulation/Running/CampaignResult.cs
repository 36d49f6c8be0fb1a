using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>What became of a campaign, in the order of the seeds: equal for equal requests, whatever the number of threads.</summary>
public sealed record CampaignResult
{
    /// <summary>What was asked for.</summary>
    public required CampaignRequest Request { get; init; }

    /// <summary>Seeds that were run.</summary>
    public required long Seeds { get; init; }

    /// <summary>Seeds that passed.</summary>
    public required long Passed { get; init; }

    /// <summary>Seeds that failed.</summary>
    public required long Failed { get; init; }

    /// <summary>Seeds that a bound ended.</summary>
    public required long Inconclusive { get; init; }

    /// <summary>Seeds that were run twice and compared.</summary>
    public required long Repeated { get; init; }

    /// <summary>Steps of all runs.</summary>
    public required long Steps { get; init; }

    /// <summary>Hash over the trace hashes of all seeds, in their order.</summary>
    public required ulong TraceHash { get; init; }

    /// <summary>Per rule of the plan: what it did in all seeds.</summary>
    public required ImmutableArray<FaultCount> Faults { get; init; }

    /// <summary>Points that must be or were reached, with the number of seeds that did.</summary>
    public required ImmutableArray<PointCount> Sometimes { get; init; }

    /// <summary>In which states of the protocol each rule fired.</summary>
    public required CoverageMatrix Coverage { get; init; }

    /// <summary>The first failing runs.</summary>
    public required ImmutableArray<CampaignFailure> Failures { get; init; }

    /// <summary>What the campaign as a whole didn't show (I31): faults that never fired or never had an effect, and points that no seed reached.</summary>
    public required ImmutableArray<string> Vacuous { get; init; }

    /// <summary>Wall time.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>True when somebody stopped it before all seeds were run.</summary>
    public required bool IsStopped { get; init; }

    /// <summary>Whether nothing is to be complained about.</summary>
    public bool IsGood => Failed == 0 && Vacuous.IsEmpty;

    /// <summary>Seeds a second.</summary>
    public double SeedsPerSecond => Elapsed > TimeSpan.Zero ? Seeds / Elapsed.TotalSeconds : 0;

    /// <summary>Seeds of the first half; 0 when the campaign ended before.</summary>
    public long HalfSeeds { get; init; }

    /// <summary>Wall time of the first half.</summary>
    public TimeSpan HalfElapsed { get; init; }

    /// <summary>Rate of the second half of the seeds, when the code is compiled, per worker that has a core.</summary>
    public double SeedsPerSecondPerCore
    {
        get
        {
            var rate = HalfSeeds > 0 && Seeds > HalfSeeds && Elapsed > HalfElapsed
                ? (Seeds - HalfSeeds) / (Elapsed - HalfElapsed).TotalSeconds
                : SeedsPerSecond;
            return rate / Math.Min(Request.Jobs, Environment.ProcessorCount);
        }
    }
}

/// <summary>A failing run of a campaign.</summary>
/// <param name="Result">The run; its request repeats it.</param>
/// <param name="Violation">What was violated first.</param>
public sealed record CampaignFailure(RunResult Result, Violation Violation)
{
    /// <summary>The seed.</summary>
    public ulong Seed => Result.Request.Seed;
}

/// <summary>A point and how many seeds reached it.</summary>
/// <param name="Point">Its name.</param>
/// <param name="Seeds">Seeds that reached it.</param>
/// <param name="IsDemanded">Whether the plan demands that some seed does.</param>
public readonly record struct PointCount(string Point, long Seeds, bool IsDemanded);

/// <summary>How a campaign is going, for a line that a person watches.</summary>
/// <param name="Seeds">Seeds done.</param>
/// <param name="Failed">Failures among them.</param>
/// <param name="Inconclusive">Ended by a bound.</param>
/// <param name="Elapsed">Wall time so far.</param>
/// <param name="Faults">What each rule did.</param>
/// <param name="PointsReached">Demanded points that were reached.</param>
/// <param name="Points">Demanded points.</param>
public sealed record CampaignProgress(
    long Seeds, long Failed, long Inconclusive, TimeSpan Elapsed, ImmutableArray<FaultCount> Faults, int PointsReached, int Points);
