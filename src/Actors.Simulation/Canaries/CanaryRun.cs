using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>Runs the flawed variants: each must be caught by an oracle that it names, within its seeds, on a plan that the plain system passes.</summary>
internal static class CanaryRun
{
    /// <summary>Seeds on which the plain system must pass the same plan.</summary>
    private const int PlainSeeds = 10;

    /// <summary>Runs all of them, on several threads.</summary>
    public static ImmutableArray<CanaryOutcome> All(int jobs, CancellationToken stop)
    {
        var outcomes = new CanaryOutcome?[FlawCatalog.Makers.Length];
        var next = 0;
        var workers = Enumerable.Range(0, jobs).Select(_ => new Thread(() =>
        {
            using var host = new SimHost();
            for (var i = Interlocked.Increment(ref next) - 1; i < outcomes.Length && !stop.IsCancellationRequested; i = Interlocked.Increment(ref next) - 1)
                outcomes[i] = One(host, FlawCatalog.Makers[i]());
        })
        { IsBackground = true, Name = "canaries" }).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return [.. outcomes.OfType<CanaryOutcome>()];
    }

    /// <summary>Runs one.</summary>
    public static CanaryOutcome One(SimHost host, Flaw flaw)
    {
        try
        {
            if (flaw.CaughtBy.Contains(VacuityCheck.Id))
                return OverCampaign(host, flaw);
            for (var seed = 1UL; seed <= PlainSeeds; seed++)
            {
                if (Judge(host, new RunRequest(flaw.Plan, seed), null, out _) is { } alarm)
                    return new CanaryOutcome(flaw, false, seed, string.Empty, $"the plain system fails its plan: {alarm.Oracle}, {alarm.What}");
            }

            string? other = null;
            for (var seed = 1UL; seed <= (ulong)flaw.Seeds; seed++)
            {
                if (Judge(host, new RunRequest(flaw.Plan, seed) { Flaw = flaw.Name }, flaw, out var unasked) is { } caught)
                    return new CanaryOutcome(flaw, true, seed, caught.Oracle, caught.What);
                if (unasked is not null)
                    other ??= $"only {unasked.Oracle} saw something: {unasked.What}";
            }

            return new CanaryOutcome(flaw, false, 0, string.Empty, other ?? $"nothing was violated in {flaw.Seeds} seeds");
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            host.Dispose();
            return new CanaryOutcome(flaw, false, 0, string.Empty, $"it ended with {defect.GetType().Name}: {defect.Message}");
        }
    }

    /// <summary>The first violation of an oracle or check that the flaw names; without a flaw, of any. What others saw comes beside.</summary>
    private static Violation? Judge(SimHost host, RunRequest request, Flaw? flaw, out Violation? unasked)
    {
        unasked = null;
        var checks = flaw?.CaughtBy ?? [.. request.Plan.Check];
        if (CampaignChecks.Judge(host, request, checks) is { } difference)
            return difference;
        foreach (var violation in host.Run(request).Violations)
        {
            if (flaw is null || flaw.CaughtBy.Contains(violation.Oracle))
                return violation;
            unasked ??= violation;
        }

        return null;
    }

    private static CanaryOutcome OverCampaign(SimHost host, Flaw flaw)
    {
        var flawed = new CampaignTotals(flaw.Plan, keptFailures: 0);
        var plain = new CampaignTotals(flaw.Plan, keptFailures: 0);
        for (var seed = 1UL; seed <= (ulong)flaw.Seeds; seed++)
        {
            flawed.Add(host.Run(new RunRequest(flaw.Plan, seed) { Flaw = flaw.Name }), failed: false);
            plain.Add(host.Run(new RunRequest(flaw.Plan, seed)), failed: false);
        }

        if (plain.Vacuous is [var alarm, ..])
            return new CanaryOutcome(flaw, false, (ulong)flaw.Seeds, string.Empty, $"the plain system fails its plan: {VacuityCheck.Id}, {alarm}");
        return flawed.Vacuous is [var caught, ..]
            ? new CanaryOutcome(flaw, true, (ulong)flaw.Seeds, VacuityCheck.Id, caught)
            : new CanaryOutcome(flaw, false, 0, string.Empty, $"all faults fired in {flaw.Seeds} seeds");
    }
}

/// <summary>What became of a flawed variant.</summary>
/// <param name="Flaw">The variant.</param>
/// <param name="IsCaught">Whether an oracle that it names caught it, and the plain system passed.</param>
/// <param name="Seed">The seed that caught it.</param>
/// <param name="Oracle">The oracle that caught it.</param>
/// <param name="What">What the oracle said, or why it wasn't caught.</param>
internal sealed record CanaryOutcome(Flaw Flaw, bool IsCaught, ulong Seed, string Oracle, string What);
