using System.Globalization;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>Runs a test's body once for each seed, and asks at the end whether everything that it named has happened.</summary>
internal sealed class SimSeeds : IDisposable
{
    /// <summary>Variable of the environment that names the one seed to run.</summary>
    public const string SeedVariable = "ACTORS_SEED";

    private readonly Plan _plan;
    private readonly Dictionary<string, long> _fired = [];
    private readonly Dictionary<string, bool> _points = [];
    private SimHost? _first;
    private SimHost? _second;

    /// <param name="plan">The plan that each world begins with.</param>
    public SimSeeds(Plan plan) => _plan = plan;

    public SimHost Host => _first ??= new SimHost(Surroundings.StepLimit);

    /// <summary>Where runs are repeated.</summary>
    public SimHost Second => _second ??= new SimHost(Surroundings.StepLimit);

    /// <summary>What the environment says; tests of the kit itself have their own.</summary>
    public TestSurroundings Surroundings { get; init; } = TestSurroundings.OfProcess;

    /// <summary>Name of a flawed variant; for tests of the kit itself.</summary>
    public string? Flaw { get; init; }

    /// <summary>Ends the search for a smaller run after a while; for tests of the kit itself, which wait as long as it takes.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public string Name => _plan.Name;

    /// <summary>Runs the body.</summary>
    /// <param name="body">The test.</param>
    /// <param name="from">First seed.</param>
    /// <param name="count">Seeds.</param>
    /// <param name="mayBeVacuous">Whether faults that never strike and points that are never reached are fine.</param>
    public void Run(Action<SimWorld> body, ulong from, int count, bool mayBeVacuous)
    {
        var only = Environment.GetEnvironmentVariable(SeedVariable);
        if (ulong.TryParse(only, NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
            (from, count, mayBeVacuous) = (seed, 1, true);
        for (var i = 0UL; i < (ulong)count; i++)
            One(body, from + i);
        if (!mayBeVacuous)
            Demand(count);
    }

    public void Dispose()
    {
        _first?.Dispose();
        _second?.Dispose();
    }

    private void One(Action<SimWorld> body, ulong seed)
    {
        var world = new SimWorld(this, seed, _plan);
        try
        {
            body(world);
        }
        catch (SimFailureException)
        {
            throw;
        }
        catch (Exception failure) when (world.LastRun is { } run)
        {
            throw SimFailureException.Of(run.Result, failure);
        }

        if (world.LastRun is null)
            throw new InvalidOperationException("The test ran nothing: call world.RunUntilQuiescent().");
        Count(world);
    }

    private void Count(SimWorld world)
    {
        foreach (var rule in world.Plan.Faults.Where(rule => rule.Activation > 0))
            _fired.TryAdd(rule.Id, 0);
        foreach (var fault in world.LastRun!.Result.Faults)
        {
            if (_fired.TryGetValue(fault.Rule, out var fired))
                _fired[fault.Rule] = fired + fault.Fired;
        }

        foreach (var point in world.Plan.Sometimes.Concat(world.OwnPoints))
            _points.TryAdd(point, false);
        foreach (var point in world.LastRun.Result.Reached)
        {
            if (_points.ContainsKey(point))
                _points[point] = true;
        }
    }

    private void Demand(int count)
    {
        var missing = _fired.Where(pair => pair.Value == 0).Select(pair => $"fault '{pair.Key}' never struck")
            .Concat(_points.Where(pair => !pair.Value).Select(pair => $"point '{pair.Key}' was never reached")).ToList();
        if (missing.Count > 0)
            throw new SimFailureException(string.Create(CultureInfo.InvariantCulture, $"in {count} seeds {string.Join(", ", missing)}: the test shows nothing about it (I31)"));
    }
}
