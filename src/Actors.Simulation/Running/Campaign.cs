namespace Actors.Simulation;

/// <summary>
/// Runs many seeds of a plan on several threads. Each worker has a host of its own and takes the next few seeds when it is done with the last; what they found is
/// put together in the order of the seeds.
/// </summary>
public sealed class Campaign
{
    /// <summary>Seeds that a worker takes at once: enough to share no cache line for each, few enough to be done soon after a stop.</summary>
    private const int Range = 16;

    private readonly CampaignRequest _request;
    private readonly TimeProvider _clock;
    private readonly CampaignTotals _totals;
    private readonly CoverageMatrix _coverage;
    private readonly SortedDictionary<long, CampaignWorker.Part> _waiting = [];
    private readonly Lock _lock = new();
    private long _nextRange;
    private long _merged;
    private long _begun;
    private long _halfSeeds;
    private TimeSpan _halfElapsed;
    private Exception? _defect;
    private volatile bool _isStuck;

    /// <summary>Makes a campaign.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="clock">Wall time, for <see cref="CampaignRequest.Time"/> and the rates.</param>
    public Campaign(CampaignRequest request, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Seeds, 1, nameof(request));
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Jobs, 1, nameof(request));
        _request = request;
        _clock = clock;
        _totals = new CampaignTotals(request.Plan, request.KeptFailures);
        _coverage = new CoverageMatrix(request.Plan.Faults.Length);
    }

    /// <summary>How it is going; may be asked for from any thread.</summary>
    public CampaignProgress Progress
    {
        get
        {
            lock (_lock)
            {
                var elapsed = _begun == 0 ? TimeSpan.Zero : _clock.GetElapsedTime(_begun);
                return new CampaignProgress(
                    _totals.Seeds, _totals.Failed, _totals.Inconclusive, elapsed, _totals.Faults, _totals.PointsReached, _request.Plan.Sometimes.Length);
            }
        }
    }

    /// <summary>Runs it, once, and returns when the last worker is done.</summary>
    /// <param name="stop">Ends it early; what was done is reported.</param>
    public CampaignResult Run(CancellationToken stop)
    {
        lock (_lock)
            _begun = _clock.GetTimestamp();
        var ranges = (_request.Seeds + Range - 1) / Range;
        var workers = new Thread[(int)Math.Min(_request.Jobs, ranges)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = new Thread(() => Work(stop)) { Name = $"seeds {i}", IsBackground = true };
            workers[i].Start();
        }

        foreach (var worker in workers)
            worker.Join();
        if (_defect is not null)
            throw new InvalidOperationException($"A worker of the campaign ended: {_defect.Message}", _defect);
        return Result();
    }

    private void Work(CancellationToken stop)
    {
        try
        {
            using var worker = new CampaignWorker(_request, _coverage.Rules);
            while (!IsOver(stop))
            {
                var range = Interlocked.Increment(ref _nextRange) - 1;
                var first = range * Range;
                if (first >= _request.Seeds)
                    break;
                var part = worker.Run(first, (int)Math.Min(Range, _request.Seeds - first), () => IsOver(stop));
                _isStuck |= worker.IsStuck;
                lock (_lock)
                    Merge(range, part);
            }

            lock (_lock)
                _coverage.Add(worker.Coverage);
        }
        catch (Exception defect)
        {
            // On a thread of its own it would end the process; the one who asked for the campaign gets it.
            Interlocked.CompareExchange(ref _defect, defect, null);
        }
    }

    private bool IsOver(CancellationToken stop) =>
        stop.IsCancellationRequested || _isStuck || _defect is not null || (_request.Time is { } time && _clock.GetElapsedTime(_begun) >= time);

    private void Merge(long range, CampaignWorker.Part part)
    {
        _waiting.Add(range, part);
        while (_waiting.Remove(_merged, out var next))
        {
            _totals.Add(next.Totals, next.Hashes);
            _merged++;
            if (_halfSeeds != 0 || _totals.Seeds < _request.Seeds / 2)
                continue;
            _halfSeeds = _totals.Seeds;
            _halfElapsed = _clock.GetElapsedTime(_begun);
        }
    }

    private CampaignResult Result()
    {
        // A stop can leave a gap: what was done behind it counts.
        foreach (var (_, part) in _waiting)
            _totals.Add(part.Totals, part.Hashes);
        _waiting.Clear();
        var isStopped = _totals.Seeds < _request.Seeds;
        return new CampaignResult
        {
            Request = _request,
            Seeds = _totals.Seeds,
            Passed = _totals.Seeds - _totals.Failed - _totals.Inconclusive,
            Failed = _totals.Failed,
            Inconclusive = _totals.Inconclusive,
            Repeated = _totals.Repeated,
            Steps = _totals.Steps,
            TraceHash = _totals.Hash,
            Faults = _totals.Faults,
            Sometimes = _totals.Sometimes,
            Coverage = _coverage,
            Failures = [.. _totals.Failures],
            Vacuous = _request.Scripts is null ? _totals.Vacuous : [],
            Elapsed = _clock.GetElapsedTime(_begun),
            HalfSeeds = _halfSeeds,
            HalfElapsed = _halfElapsed,
            IsStopped = isStopped,
        };
    }
}
