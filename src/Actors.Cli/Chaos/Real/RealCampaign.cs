using System.Collections.Immutable;
using System.Diagnostics;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>Seeds of a plan on real processes, one after the other.</summary>
internal static class RealCampaign
{
    /// <summary>Seeds when nobody says how many.</summary>
    public const long DefaultSeeds = 1;

    /// <summary>How long faults fire in a seed when nobody says it.</summary>
    public static readonly TimeSpan DefaultLength = TimeSpan.FromSeconds(30);

    /// <summary>How much longer a seed whose plan has rare faults is given for its first one, when nobody says a time.</summary>
    public static readonly TimeSpan MostForTheFirst = TimeSpan.FromMinutes(2);

    /// <summary>Runs them.</summary>
    /// <param name="request">Plan and seeds; its time is that of faults in one seed.</param>
    /// <param name="tell">Takes a line about what happens.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="NodesMissingException">A process can't be started.</exception>
    public static async Task<RealResult> RunAsync(CampaignRequest request, Action<string> tell, CancellationToken stop)
    {
        var plan = request.Plan;
        var totals = new CampaignTotals(plan, request.KeptFailures);
        var seeds = ImmutableArray.CreateBuilder<RealSeed>();
        var began = Stopwatch.GetTimestamp();
        for (var i = 0L; i < request.Seeds && !stop.IsCancellationRequested; i++)
        {
            var seed = request.From + (ulong)i;
            var length = request.Time ?? DefaultLength;
            var run = new RealRun(plan, seed, length < plan.Budget.MaxVirtual ? length : plan.Budget.MaxVirtual, request.Time is null ? MostForTheFirst : TimeSpan.Zero, tell);
            RunResult result;
            try
            {
                result = await run.RunAsync(stop).ConfigureAwait(false);
            }
            catch (Exception defect) when (defect is not (OperationCanceledException or NodesMissingException))
            {
                result = RunResult.Defect(new RunRequest(plan, seed), defect);
            }

            if (result.Note is not null)
                tell($"seed {seed}: {result.Note}");
            var failed = result.Verdict == RunVerdict.Failed;
            totals.Add(result, failed);
            if (failed)
                totals.Keep(new CampaignFailure(result, result.Violations[0]));
            seeds.Add(new RealSeed(seed, result, run.Vms.LongestRecovery, run.Vms.LongestStall, run.WellAfter, run.Vms.Bytes, run.Vms.Incarnations));
        }

        var fired = totals.Faults.Any(fault => fault.Fired > 0);
        var campaign = new CampaignResult
        {
            Request = request,
            Seeds = totals.Seeds,
            Passed = totals.Seeds - totals.Failed - totals.Inconclusive,
            Failed = totals.Failed,
            Inconclusive = totals.Inconclusive,
            Repeated = 0,
            Steps = 0,
            TraceHash = 0,
            Faults = totals.Faults,
            Sometimes = totals.Sometimes,
            Coverage = new CoverageMatrix(plan.Faults.Length),
            Failures = [.. totals.Failures],
            Vacuous = fired || plan.Faults.IsEmpty || stop.IsCancellationRequested ? [] : ["no fault of the plan fired: give it more --time or --seeds"],
            Elapsed = Stopwatch.GetElapsedTime(began),
            IsStopped = totals.Seeds < request.Seeds || stop.IsCancellationRequested,
        };
        return new RealResult(campaign, seeds.ToImmutable());
    }
}

/// <summary>What became of seeds on real processes.</summary>
/// <param name="Campaign">As of a campaign in the world.</param>
/// <param name="Seeds">Each seed.</param>
internal sealed record RealResult(CampaignResult Campaign, ImmutableArray<RealSeed> Seeds)
{
    /// <summary>Whether nothing is to be complained about. A seed that didn't get so far as to show anything is.</summary>
    public bool IsGood => Campaign.IsGood && Campaign.Inconclusive == 0;
}

/// <summary>One seed on real processes.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Result">What became of it.</param>
/// <param name="Recovery">Longest time from the last byte of a VM's incarnation to the first of the next.</param>
/// <param name="Stall">Longest silence of a VM whose node stayed.</param>
/// <param name="WellAfter">Time from the last repair until the cluster was well.</param>
/// <param name="Bytes">Bytes that came.</param>
/// <param name="Incarnations">Incarnations that sent some.</param>
internal sealed record RealSeed(ulong Seed, RunResult Result, TimeSpan Recovery, TimeSpan Stall, TimeSpan WellAfter, long Bytes, long Incarnations);
