using System.Collections.Immutable;
using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// Lets every fault happen once at every visit of its site: the first run at the first visit, the next at the second, until a run has no such visit any more. So
/// every single loss, copy, delay and crash of a plan's path is covered, none twice. Then pairs, by sample.
/// </summary>
public sealed class FailNth
{
    /// <summary>Visits of one site at most; no plan of a sensible size has more.</summary>
    private const int MaxVisits = 100_000;

    private static readonly string[] LinkVerbs = ["drop", "duplicate", "delay"];

    private readonly Plan _plan;
    private readonly ulong _seed;
    private readonly int _jobs;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, FailNthSite> _done = [];
    private readonly List<CampaignFailure> _failures = [];
    private readonly int _kept;
    private int _next;
    private long _runs;

    /// <summary>Makes a sweep.</summary>
    /// <param name="plan">The plan, whose own faults don't count.</param>
    /// <param name="seed">Seed of all runs.</param>
    /// <param name="jobs">Threads.</param>
    /// <param name="keptFailures">Failing runs to keep.</param>
    public FailNth(Plan plan, ulong seed, int jobs, int keptFailures = 10)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _plan = plan with { Faults = [], Sometimes = [] };
        _seed = seed;
        _jobs = jobs;
        _kept = keptFailures;
        Rules = [.. RulesOf()];
    }

    /// <summary>One rule for each site and what can be done there.</summary>
    public ImmutableArray<FaultRule> Rules { get; }

    /// <summary>Runs made so far.</summary>
    public long Runs => Interlocked.Read(ref _runs);

    /// <summary>Sites done so far.</summary>
    public int SitesDone
    {
        get
        {
            lock (_lock)
                return _done.Count;
        }
    }

    /// <summary>Runs the sweep.</summary>
    /// <param name="pairs">Pairs of faults to try afterwards.</param>
    /// <param name="stop">Ends it early.</param>
    public FailNthResult Run(int pairs, CancellationToken stop)
    {
        InParallel(host =>
        {
            for (var index = Take(Rules.Length); index >= 0 && !stop.IsCancellationRequested; index = Take(Rules.Length))
            {
                var site = Sweep(host, Rules[index], stop);
                lock (_lock)
                    _done[index] = site;
            }
        });
        var singles = _done.Values.ToImmutableArray();
        var failed = singles.Sum(site => site.Failed);
        var sampled = Pairs(singles, pairs);
        _next = 0;
        var failedPairs = 0L;
        var triedPairs = 0L;
        InParallel(host =>
        {
            for (var index = Take(sampled.Count); index >= 0 && !stop.IsCancellationRequested; index = Take(sampled.Count))
            {
                var ((first, m), (second, n)) = sampled[index];
                Interlocked.Increment(ref triedPairs);
                if (Fails(host, _plan with { Faults = [At(first, m), At(second, n) with { Id = second.Id + "-2" }] }, out _))
                    Interlocked.Increment(ref failedPairs);
            }
        });
        return new FailNthResult(_plan, singles, Runs, failed, triedPairs, failedPairs, [.. _failures.OrderBy(failure => failure.Result.Request.Plan.Name, StringComparer.Ordinal)], stop.IsCancellationRequested);
    }

    private static FaultRule At(FaultRule rule, int visit) => rule with { Nth = visit };

    /// <summary>Losses, copies and delays on every link, a crash at every crash point and of every kind of actor.</summary>
    private static IEnumerable<FaultRule> RulesOf()
    {
        foreach (var site in LinkSite.All)
        {
            foreach (var verb in LinkVerbs)
            {
                if (RuleOf(site.Name, verb) is { } rule)
                    yield return rule;
            }
        }

        string[] crashing = [.. CrashSite.All.Select(site => site.Name), FaultSites.Device, FaultSites.Port, FaultSites.DeviceModel, FaultSites.Hsm, FaultSites.Hypervisor];
        foreach (var site in crashing)
        {
            if (RuleOf(site, "crash") is { } rule)
                yield return rule;
        }
    }

    private static FaultRule? RuleOf(string site, string verb) => FaultCatalog.Find(null, site, verb) is { } kind
        ? new FaultRule { Id = $"{verb}-{site.Replace('.', '-')}", Row = kind.Row, Site = site, Do = verb, Times = 1 }
        : null;

    private FailNthSite Sweep(SimHost host, FaultRule rule, CancellationToken stop)
    {
        var (visits, effective, failed) = (0, 0L, 0L);
        for (var visit = 1; visit <= MaxVisits && !stop.IsCancellationRequested; visit++)
        {
            var plan = _plan with { Name = string.Create(CultureInfo.InvariantCulture, $"{_plan.Name} {rule.Id} {visit}"), Faults = [At(rule, visit)] };
            var isFailed = Fails(host, plan, out var result);
            if (isFailed)
                failed++;
            if (result.Faults.IsEmpty || result.Faults[0].Fired == 0)
                break;
            visits++;
            effective += Math.Min(1, result.Faults[0].Effective);
        }

        return new FailNthSite(rule, visits, effective, failed);
    }

    private bool Fails(SimHost host, Plan plan, out RunResult result)
    {
        var request = new RunRequest(plan, _seed);
        Interlocked.Increment(ref _runs);
        try
        {
            result = host.Run(request);
            if (result.Verdict == RunVerdict.Failed)
                result = host.Run(request with { RecordsChoices = true });
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            host.Dispose();
            result = RunResult.Defect(request, defect);
        }

        if (result.Verdict != RunVerdict.Failed)
            return false;
        lock (_lock)
        {
            if (_failures.Count < _kept)
                _failures.Add(new CampaignFailure(result, result.Violations[0]));
        }

        return true;
    }

    private List<((FaultRule Rule, int Visit) First, (FaultRule Rule, int Visit) Second)> Pairs(ImmutableArray<FailNthSite> singles, int pairs)
    {
        var visited = singles.Where(site => site.Visits > 0).ToList();
        var sampled = new List<((FaultRule, int), (FaultRule, int))>();
        if (visited.Count == 0)
            return sampled;
        var random = new Prng(_seed, FaultPairs);
        for (var i = 0; i < pairs; i++)
            sampled.Add((Any(), Any()));
        return sampled;

        (FaultRule, int) Any()
        {
            var site = visited[random.Below(visited.Count)];
            return (site.Rule, 1 + random.Below(site.Visits));
        }
    }

    /// <summary>Purpose of the numbers that choose pairs.</summary>
    private const ulong FaultPairs = 0xFA17;

    private int Take(int count)
    {
        var index = Interlocked.Increment(ref _next) - 1;
        return index < count ? index : -1;
    }

    private void InParallel(Action<SimHost> work)
    {
        Exception? thrown = null;
        var workers = new Thread[_jobs];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = new Thread(() =>
            {
                try
                {
                    using var host = new SimHost();
                    work(host);
                }
                catch (Exception defect)
                {
                    Interlocked.CompareExchange(ref thrown, defect, null);
                }
            })
            { IsBackground = true, Name = "fail-nth" };
            workers[i].Start();
        }

        foreach (var worker in workers)
            worker.Join();
        if (thrown is not null)
            throw new InvalidOperationException($"A worker of the sweep ended: {thrown.Message}", thrown);
    }
}

/// <summary>What became of the faults at one site.</summary>
/// <param name="Rule">The fault.</param>
/// <param name="Visits">Visits of the site at which it was done, one run each.</param>
/// <param name="Effective">Runs in which it had an effect.</param>
/// <param name="Failed">Runs that failed.</param>
public sealed record FailNthSite(FaultRule Rule, int Visits, long Effective, long Failed);

/// <summary>What became of a sweep.</summary>
/// <param name="Plan">The plan without its faults.</param>
/// <param name="Sites">By site and fault.</param>
/// <param name="Runs">Runs made.</param>
/// <param name="Failed">Runs with one fault that failed.</param>
/// <param name="Pairs">Runs with two faults.</param>
/// <param name="FailedPairs">Those of them that failed.</param>
/// <param name="Failures">The first failures; the plan of each has its faults.</param>
/// <param name="IsStopped">Whether somebody ended it early.</param>
public sealed record FailNthResult(
    Plan Plan,
    ImmutableArray<FailNthSite> Sites,
    long Runs,
    long Failed,
    long Pairs,
    long FailedPairs,
    ImmutableArray<CampaignFailure> Failures,
    bool IsStopped);
