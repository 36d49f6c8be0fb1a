namespace Actors.Simulation;

/// <summary>
/// Makes a failing run small: fewer faults, less work, a schedule nearer to first come, first served, round numbers. Each candidate is run again and must violate the
/// same oracle with faults at no other sites, so that the search can't drift to another defect.
/// </summary>
public sealed class Shrinker
{
    private const int MaxRounds = 8;
    private const int MaxNeighbours = 24;
    private const long SmallestWorkload = 1;

    private readonly SimHost _host;
    private readonly TimeProvider _clock;
    private readonly ShrinkLimits _limits;
    private readonly long _begun;
    private RunRequest _best;
    private string _oracle = string.Empty;
    private int _candidates;
    private bool _isCut;

    private Shrinker(SimHost host, RunResult failing, ShrinkLimits limits, TimeProvider clock)
    {
        _host = host;
        _limits = limits;
        _clock = clock;
        _begun = clock.GetTimestamp();
        _best = failing.Request with
        {
            Observers = failing.Request.Observers, RecordsChoices = false, RecordsTrace = false, Script = failing.Script with { Mode = ReplayMode.Lenient },
        };
    }

    /// <summary>Shrinks a failing run. Null when its choices don't lead to the same violation again.</summary>
    /// <param name="host">Where candidates are run.</param>
    /// <param name="failing">The run, with its choices recorded.</param>
    /// <param name="limits">How much may be tried.</param>
    /// <param name="clock">Wall time.</param>
    /// <param name="oracle">Id of the oracle that must stay violated; null: the first.</param>
    public static ShrinkResult? Shrink(SimHost host, RunResult failing, ShrinkLimits limits, TimeProvider clock, string? oracle = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(failing);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(clock);
        var violation = failing.Violations.FirstOrDefault(known => oracle is null || known.Oracle == oracle);
        return violation is null ? null : new Shrinker(host, failing, limits, clock).Run(failing, violation);
    }

    private RunScript Script => _best.Script!;

    private ShrinkResult? Run(RunResult failing, Violation violation)
    {
        _oracle = violation.Oracle;
        if (!Fails(_best))
            return null;

        for (var round = 0; round < MaxRounds && !_isCut; round++)
        {
            var before = (Script.Picks.Count, Script.Firings.Count, Script.WorkloadBytes, _best.Plan.Topology);
            DropSchedule();
            DropRules();
            Remove(Script.Firings, firings => Script with { Firings = firings });
            ShrinkWorkload();
            ShrinkTopology();
            CutPicksFromTheEnd();
            Remove(Script.Picks, picks => Script with { Picks = picks });
            RoundNumbers();
            Tidy();
            if (before == (Script.Picks.Count, Script.Firings.Count, Script.WorkloadBytes, _best.Plan.Topology))
                break;
        }

        var smallest = Record(_best);
        var (neighbour, difference) = Neighbour(smallest);
        return new ShrinkResult
        {
            Original = failing,
            Violation = smallest.Violations.First(known => known.Oracle == _oracle),
            Smallest = smallest,
            Neighbour = neighbour,
            Difference = difference,
            Divergence = neighbour is null ? null : TraceDifference.Between(smallest.Recording!, neighbour.Recording!),
            Candidates = _candidates,
            Elapsed = _clock.GetElapsedTime(_begun),
            IsCut = _isCut,
        };
    }

    /// <summary>The boldest steps first: no schedule at all, then half of it.</summary>
    private void DropSchedule()
    {
        if (Script.Picks.Count > 0)
            Try(_best with { Script = Script with { Picks = [] } });
    }

    private void DropRules()
    {
        foreach (var rule in Script.Firings.Select(firing => firing.Rule).Distinct().ToList())
            Try(_best with { Script = Script with { Firings = [.. Script.Firings.Where(firing => firing.Rule != rule)] } });
    }

    /// <summary>Delta debugging: leaves parts out, smaller and smaller ones, from the end backwards.</summary>
    private void Remove<T>(IReadOnlyList<T> all, Func<IReadOnlyList<T>, RunScript> with)
    {
        var kept = all;
        for (var size = Math.Max(1, kept.Count / 2); size >= 1 && kept.Count > 0 && !_isCut; size /= 2)
        {
            for (var end = kept.Count; end > 0 && !_isCut; end -= size)
            {
                var from = Math.Max(0, end - size);
                IReadOnlyList<T> rest = [.. kept.Take(from), .. kept.Skip(Math.Min(end, kept.Count))];
                if (Try(_best with { Script = with(rest) }))
                    kept = rest;
            }
        }
    }

    /// <summary>The shortest beginning of the schedule that is enough.</summary>
    private void CutPicksFromTheEnd()
    {
        var (low, high) = (0, Script.Picks.Count);
        while (low < high && !_isCut)
        {
            var middle = (low + high) / 2;
            if (Try(_best with { Script = Script with { Picks = [.. Script.Picks.Take(middle)] } }))
                high = middle;
            else
                low = middle + 1;
        }
    }

    private void ShrinkWorkload()
    {
        var bytes = Script.WorkloadBytes ?? _best.Plan.Workload.Bytes;
        foreach (var tried in new[] { SmallestWorkload, 16, 64, 256 })
        {
            if (tried < bytes && Try(_best with { Script = Script with { WorkloadBytes = tried } }))
                return;
        }

        while (bytes / 2 >= SmallestWorkload && Try(_best with { Script = Script with { WorkloadBytes = bytes / 2 } }))
            bytes /= 2;
    }

    private void ShrinkTopology()
    {
        var topology = _best.Plan.Topology;
        while (topology.Vms > 1 && TryTopology(topology with { Vms = topology.Vms - 1, Devices = [.. topology.Devices.Where(device => device.Vm < topology.Vms - 1)] }))
            topology = _best.Plan.Topology;
        while (topology.Vcpus > 1 && TryTopology(topology with { Vcpus = topology.Vcpus - 1 }))
            topology = _best.Plan.Topology;
        if (topology.Latency is not null)
            TryTopology(topology with { Latency = null });
    }

    private bool TryTopology(PlanTopology topology)
    {
        var plan = _best.Plan with { Topology = topology };
        return WorkloadCatalog.Find(plan.Workload.Kind)?.Validate(plan) is null && Try(_best with { Plan = plan });
    }

    /// <summary>Numbers of firings: nothing, else the nearest with one digit.</summary>
    private void RoundNumbers()
    {
        for (var i = 0; i < Script.Firings.Count && !_isCut; i++)
        {
            foreach (var a in Rounder(Script.Firings[i].A))
            {
                if (TryFiring(i, Script.Firings[i] with { A = a }))
                    break;
            }

            foreach (var b in Rounder(Script.Firings[i].B))
            {
                if (TryFiring(i, Script.Firings[i] with { B = b }))
                    break;
            }
        }
    }

    private bool TryFiring(int index, FaultFiring firing)
    {
        var firings = Script.Firings.ToArray();
        firings[index] = firing;
        return Try(_best with { Script = Script with { Firings = firings } });
    }

    private static IEnumerable<long> Rounder(long number)
    {
        if (number == 0)
            yield break;
        yield return 0;
        var unit = 1L;
        while (Math.Abs(number / unit) >= 10)
            unit *= 10;
        if (number / unit * unit != number)
            yield return number / unit * unit;
    }

    /// <summary>Only choices that are really made stay in the script.</summary>
    private void Tidy()
    {
        var made = RunOnce(_best with { RecordsChoices = true });
        if (made is null || made.Firings.Length + made.Picks.Length > Script.Firings.Count + Script.Picks.Count)
            return;
        Try(_best with { Script = made.Script with { Mode = ReplayMode.Lenient } });
    }

    /// <summary>The smallest run without one choice: of those that pass, the one that stays with it the longest.</summary>
    private (RunResult? Run, string? Difference) Neighbour(RunResult smallest)
    {
        var script = smallest.Script with { Mode = ReplayMode.Lenient };
        RunResult? nearest = null;
        string? difference = null;
        var latest = -1;
        for (var i = 0; i < script.Firings.Count + script.Picks.Count && i < MaxNeighbours; i++)
        {
            var without = i < script.Firings.Count
                ? script with { Firings = Without(script.Firings, i) }
                : script with { Picks = Without(script.Picks, i - script.Firings.Count) };
            var run = Record(_best with { Script = without });
            if (run.Verdict != RunVerdict.Passed || TraceDifference.Between(smallest.Recording!, run.Recording!) is not { } where || where.Index <= latest)
                continue;
            (nearest, latest) = (run, where.Index);
            difference = i < script.Firings.Count
                ? Explanation.Without(smallest, script.Firings[i])
                : Explanation.Without(script.Picks[i - script.Firings.Count]);
        }

        return (nearest, difference);
    }

    private static T[] Without<T>(IReadOnlyList<T> all, int index) => [.. all.Take(index), .. all.Skip(index + 1)];

    private bool Try(RunRequest candidate)
    {
        if (!Fails(candidate))
            return false;
        _best = candidate;
        return true;
    }

    private bool Fails(RunRequest candidate) => RunOnce(candidate) is { } result && result.Violations.Any(known => known.Oracle == _oracle);

    private RunResult? RunOnce(RunRequest candidate)
    {
        if (_candidates >= _limits.Candidates || _clock.GetElapsedTime(_begun) >= _limits.Time)
        {
            _isCut = true;
            return null;
        }

        _candidates++;
        try
        {
            return _host.Run(candidate);
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            _host.Dispose();
            return RunResult.Defect(candidate, defect);
        }
    }

    private RunResult Record(RunRequest request) => _host.Run(request with { RecordsChoices = true, RecordsTrace = true });
}
