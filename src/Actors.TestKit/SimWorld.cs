using System.Globalization;
using System.Runtime.CompilerServices;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>
/// The simulated world of one seed, as a test describes it: machines, what they do, what goes wrong, what must hold. Nothing runs before
/// <see cref="RunUntilQuiescent"/>. A test is run once for each seed with a world of its own, so it must describe the same world each time.
/// </summary>
public sealed partial class SimWorld
{
    /// <summary>One seed in so many is run twice and compared.</summary>
    private const ulong RepeatEvery = 20;

    private readonly SimSeeds _seeds;
    private readonly Demands _demands = new();
    private readonly List<Func<WorldObserver>> _oracles = [];
    private IWorkload? _workload;

    internal SimWorld(SimSeeds seeds, ulong seed, Plan plan)
    {
        _seeds = seeds;
        Seed = seed;
        Plan = plan;
    }

    /// <summary>The seed: everything that isn't described follows from it.</summary>
    public ulong Seed { get; }

    /// <summary>The plan that the description comes to so far.</summary>
    public Plan Plan { get; private set; }

    /// <summary>The last run, or null.</summary>
    public SimRun? LastRun { get; private set; }

    /// <summary>Points that the test itself names with a predicate.</summary>
    internal IReadOnlyList<string> OwnPoints => _demands.Points;

    /// <summary>The plan in the form of a plan file (<c>*.chaos.yaml</c>), for <c>actors chaos run</c>. Demands of the test aren't part of it.</summary>
    public string ToYaml() => PlanFile.Write(Plan);

    /// <summary>Writes the plan file.</summary>
    public void SaveYaml(string path) => File.WriteAllText(path, ToYaml());

    /// <summary>Must hold after each step.</summary>
    /// <param name="name">What is demanded, for the failure.</param>
    /// <param name="holds">True when all is well; gets what can be seen from outside. Must neither keep nor change anything.</param>
    public void Always(string name, Func<SimView, bool> holds) => _demands.Always(name, holds);

    /// <summary>A point that at least one seed must reach: one of those that plans may name.</summary>
    public void Sometimes(string point)
    {
        ArgumentException.ThrowIfNullOrEmpty(point);
        if (!Plan.Sometimes.Contains(point))
            Plan = Plan with { Sometimes = Plan.Sometimes.Add(point) };
    }

    /// <summary>Must be true after some step of at least one seed.</summary>
    public void Sometimes(string name, Func<SimView, bool> holds)
    {
        ArgumentNullException.ThrowIfNull(holds);
        _demands.Sometimes(name, holds);
    }

    /// <summary>Must become true in each seed.</summary>
    /// <param name="within">Virtual time that it may take after the last fault has healed.</param>
    /// <param name="holds">True when it has happened.</param>
    /// <param name="name">What is demanded, for the failure; the predicate's text if nothing is given.</param>
    public void Eventually(TimeSpan within, Func<SimView, bool> holds, [CallerArgumentExpression(nameof(holds))] string name = "") =>
        _demands.Eventually(within, holds, name);

    /// <summary>Runs the world until nothing goes on any more, faults healed.</summary>
    /// <returns>The run; nothing was violated.</returns>
    /// <exception cref="SimFailureException">An oracle or a demand was violated. The message says how to replay it.</exception>
    public SimRun RunUntilQuiescent()
    {
        var run = Run();
        if (run.Result.Verdict == RunVerdict.Failed)
            throw SimFailureException.Of(_seeds, run.Result, run.Result.Violations[0]);
        return run;
    }

    /// <summary>Runs the world and returns whatever became of it.</summary>
    public SimRun Run()
    {
        var result = RunOnce();
        LastRun = new SimRun(result, _demands.View.Kept());
        if (Seed % RepeatEvery == 0 && result.Verdict != RunVerdict.Failed && _seeds.Second.Run(Request()).TraceHash != result.TraceHash)
            throw new SimFailureException($"seed {Seed} gave two different traces (I30): something in the world depends on more than the seed");
        return LastRun;
    }

    /// <summary>An oracle of the test's own, beside those in the box; one is made for each run.</summary>
    public void Oracle(Func<WorldObserver> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        _oracles.Add(make);
    }

    /// <summary>A workload of the test's own. A failure of such a world is replayed by its test only.</summary>
    public void Workload(IWorkload workload)
    {
        ArgumentNullException.ThrowIfNull(workload);
        _workload = workload;
    }

    /// <summary>Nothing can be shrunk or replayed of a run that hangs, but by its seed.</summary>
    private RunResult RunOnce()
    {
        try
        {
            return _seeds.Host.Run(Request());
        }
        catch (WorldStuckException stuck)
        {
            throw new SimFailureException(string.Create(CultureInfo.InvariantCulture, $"seed {Seed} of '{Plan.Name}': {stuck.Message}\nreplay: {SimSeeds.SeedVariable}={Seed} dotnet test"), stuck);
        }
    }

    private RunRequest Request() =>
        new(Plan, Seed) { Observers = [_demands, .. _oracles.Select(make => make())], RecordsChoices = true, Flaw = _seeds.Flaw, Workload = _workload };
}
