namespace Actors.Simulation;

/// <summary>Runs ranges of seeds on one thread.</summary>
internal sealed class CampaignWorker : IDisposable
{
    private readonly CampaignRequest _request;
    private readonly SimHost _host = new(StepLimit.None);
    private readonly StepWatch _watch = new();
    private readonly WorldObserver[] _observers;
    private readonly ICampaignCheck[] _checks;

    /// <summary>Repeats are made where other runs went before, so that what a run leaves behind shows.</summary>
    private SimHost? _second;

    private long _index;
    private long _begun;

    public CampaignWorker(CampaignRequest request, int rules)
    {
        _request = request;
        Coverage = new CoverageMatrix(rules);
        _observers = rules > 0 ? [new CoverageObserver(Coverage)] : [];
        _checks = CampaignChecks.For(request.Plan, request.Checks);
    }

    public CoverageMatrix Coverage { get; }

    /// <summary>A run got stuck: nothing can be run any more.</summary>
    public bool IsStuck { get; private set; }

    /// <summary>Seeds one after the other, until all are done or it is over. Of a run that gets stuck only its failure is left.</summary>
    public Part Run(long first, int count, Func<bool> isOver)
    {
        Part? part = null;
        try
        {
            _watch.Run(() => part = RunSeeds(first, count, isOver), () => _host.Turns + (_second?.Turns ?? 0) + Volatile.Read(ref _begun), WhereItIs, _request.StepLimit);
            return part!;
        }
        catch (WorldStuckException stuck)
        {
            IsStuck = true;
            var result = RunResult.Defect(new RunRequest(_request.Plan, _request.From + (ulong)Volatile.Read(ref _index)) { Flaw = _request.Flaw }, stuck);
            var totals = new CampaignTotals(_request.Plan, _request.KeptFailures);
            totals.Add(result, failed: true);
            totals.Keep(new CampaignFailure(result, result.Violations[0]));
            return new Part(totals, [result.TraceHash]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // What is stuck is left as it is: its thread may come back.
        if (IsStuck)
            return;
        _host.Dispose();
        _second?.Dispose();
    }

    private string WhereItIs() => _second is { IsInStep: true } second ? second.WhereItIs() : _host.WhereItIs();

    private Part RunSeeds(long first, int count, Func<bool> isOver)
    {
        var totals = new CampaignTotals(_request.Plan, _request.KeptFailures);
        var hashes = new List<ulong>(count);
        for (var index = first; index < first + count && !isOver(); index++)
        {
            Volatile.Write(ref _index, index);
            Volatile.Write(ref _begun, _begun + 1);
            var seed = _request.From + (ulong)index;
            var result = RunSeed(new RunRequest(_request.Plan, seed)
            {
                Observers = _observers, Flaw = _request.Flaw, Script = _request.Scripts?.Invoke(seed),
            });
            var violation = result.Violations.IsEmpty ? null : result.Violations[0];
            if (_request.RepeatEvery > 0 && index % _request.RepeatEvery == 0)
            {
                totals.Repeated++;
                violation = Repeat(result) ?? violation;
            }

            violation ??= result.Verdict == RunVerdict.Passed ? Check(index, result) : null;
            totals.Add(result, violation is not null);
            hashes.Add(result.TraceHash);
            if (violation is not null && totals.KeepsMore)
                totals.Keep(WithChoices(result, violation));
        }

        return new Part(totals, hashes);
    }

    /// <summary>An exception out of a world is a defect of ours that belongs to its seed.</summary>
    private RunResult RunSeed(RunRequest request)
    {
        try
        {
            return _host.Run(request);
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            _host.Dispose();
            return RunResult.Defect(request, defect);
        }
    }

    /// <summary>The failing run once more, with its choices. If that is another run, this is the worse failure: nothing about it can be repeated.</summary>
    private CampaignFailure WithChoices(RunResult result, Violation violation)
    {
        var again = RunSeed(result.Request with { Observers = [], RecordsChoices = true });
        return RerunCheck.Compare(_host, _host, result, again) is { } difference
            ? new CampaignFailure(result, violation.Oracle == RerunCheck.Id ? violation : difference with { What = $"{difference.What} (it had failed by {violation.Oracle}: {violation.What})" })
            : new CampaignFailure(again, violation);
    }

    private Violation? Repeat(RunResult result) =>
        result.Violations is [{ Oracle: RunResult.DefectOracle }] ? null : RerunCheck.Judge(_host, _second ??= new SimHost(StepLimit.None), result);

    private Violation? Check(long index, RunResult result)
    {
        foreach (var check in _checks)
        {
            if (index % check.Every == 0 && check.Check(_host, result) is { } violation)
                return violation;
        }

        return null;
    }

    /// <summary>What a range of seeds gave.</summary>
    public sealed record Part(CampaignTotals Totals, IReadOnlyList<ulong> Hashes);
}
