using System.Globalization;
using System.Text.Json;
using Actors.Simulation;

namespace Actors.Bench;

/// <summary>
/// Rate and determinism of worlds: <c>worlds [--json] [--quick]</c>. Seeds of the plan <c>console-lossless</c> (one VM, one console, at least one effective fault in each run, all oracles), each run once on one
/// host and once more on another, whose traces must be the same. One thread; the rate counts both runs, after a warm-up.
/// </summary>
internal sealed class WorldBenchmark(bool quick)
{
    private const string PlanName = "console-lossless";
    private const ulong WarmUp = 5_000;

    private readonly ulong _seeds = quick ? 10_000UL : 100_000UL;

    public WorldFigures Run()
    {
        var plan = ShippedPlans.Find(PlanName);
        using var first = new SimHost();
        using var second = new SimHost();
        for (var seed = 1UL; seed <= WarmUp; seed++)
            first.Run(new RunRequest(plan, seed));

        var mismatches = 0;
        var failures = 0;
        var withoutEffect = 0;
        var steps = 0L;
        var span = CpuSpan.Of(() =>
        {
            for (var seed = 1UL; seed <= _seeds; seed++)
            {
                var run = first.Run(new RunRequest(plan, seed));
                var again = second.Run(new RunRequest(plan, seed));
                steps += run.Steps;
                if (run.TraceHash != again.TraceHash)
                    mismatches++;
                if (run.Verdict != RunVerdict.Passed)
                    failures++;
                if (!run.Faults.Any(fault => fault.Effective > 0))
                    withoutEffect++;
            }
        });
        return new WorldFigures(2 * _seeds / span.CpuSeconds, 2 * _seeds / span.WallSeconds, steps / (double)_seeds, _seeds, mismatches, failures, withoutEffect);
    }
}

/// <summary>What <c>worlds --json</c> prints: runs per CPU second and per second on one thread, mean steps, re-runs, re-runs whose trace differed, failed runs, runs without an effective fault.</summary>
internal sealed record WorldFigures(double RunsPerCpuSecond, double RunsPerSecond, double StepsPerRun, ulong Reruns, int Mismatches, int Failures, int WithoutEffectiveFault)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string ToJson() => JsonSerializer.Serialize(this, _json);

    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"""
        runs a second and core          {RunsPerSecond,16:N0}   per CPU second {RunsPerCpuSecond:N0}
        steps a run                     {StepsPerRun,16:N0}   failed {Failures}, without an effective fault {WithoutEffectiveFault}
        re-runs                         {Reruns,16:N0}   with another trace {Mismatches}
        """);
}
