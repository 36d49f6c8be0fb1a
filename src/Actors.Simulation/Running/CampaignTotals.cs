using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>Sums over seeds in their order. Used by one thread at a time.</summary>
internal sealed class CampaignTotals(Plan plan, int keptFailures)
{
    private readonly long[] _faults = new long[plan.Faults.Length * 3];
    private readonly SortedDictionary<string, long> _points = new(StringComparer.Ordinal);
    private readonly List<CampaignFailure> _failures = [];

    public long Seeds { get; private set; }

    public long Failed { get; private set; }

    public long Inconclusive { get; private set; }

    public long Repeated { get; set; }

    public long Steps { get; private set; }

    public ulong Hash { get; private set; } = 0x9E37_79B9_7F4A_7C15;

    public IReadOnlyList<CampaignFailure> Failures => _failures;

    public bool KeepsMore => _failures.Count < keptFailures;

    public int PointsReached => plan.Sometimes.Count(_points.ContainsKey);

    public ImmutableArray<FaultCount> Faults =>
        [.. plan.Faults.Select((rule, i) => new FaultCount(rule.Id, rule.Row, _faults[i * 3], _faults[(i * 3) + 1], _faults[(i * 3) + 2]))];

    public ImmutableArray<PointCount> Sometimes =>
    [
        .. plan.Sometimes.Select(point => new PointCount(point, _points.GetValueOrDefault(point), true)),
        .. _points.Where(pair => !plan.Sometimes.Contains(pair.Key)).Select(pair => new PointCount(pair.Key, pair.Value, false)),
    ];

    /// <summary>What the campaign didn't show.</summary>
    public ImmutableArray<string> Vacuous => VacuityCheck.Judge(plan, this);

    /// <summary>Takes a run in.</summary>
    public void Add(RunResult result, bool failed)
    {
        Seeds++;
        Steps += result.Steps;
        Hash = TraceHash.Mix(Hash, result.TraceHash);
        if (failed)
            Failed++;
        else if (result.Verdict == RunVerdict.Inconclusive)
            Inconclusive++;
        for (var i = 0; i < result.Faults.Length && i < plan.Faults.Length; i++)
        {
            _faults[i * 3] += result.Faults[i].Fired;
            _faults[(i * 3) + 1] += result.Faults[i].Effective;
            _faults[(i * 3) + 2] += result.Faults[i].Recovered;
        }

        foreach (var point in result.Reached)
            _points[point] = _points.GetValueOrDefault(point) + 1;
    }

    /// <summary>Keeps a failure.</summary>
    public void Keep(CampaignFailure failure)
    {
        if (KeepsMore)
            _failures.Add(failure);
    }

    /// <summary>Takes in the seeds that follow.</summary>
    public void Add(CampaignTotals next, IReadOnlyList<ulong> hashes)
    {
        Seeds += next.Seeds;
        Failed += next.Failed;
        Inconclusive += next.Inconclusive;
        Repeated += next.Repeated;
        Steps += next.Steps;
        foreach (var hash in hashes)
            Hash = TraceHash.Mix(Hash, hash);
        for (var i = 0; i < _faults.Length; i++)
            _faults[i] += next._faults[i];
        foreach (var (point, count) in next._points)
            _points[point] = _points.GetValueOrDefault(point) + count;
        foreach (var failure in next._failures)
            Keep(failure);
    }
}
