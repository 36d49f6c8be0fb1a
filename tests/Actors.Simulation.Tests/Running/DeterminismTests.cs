namespace Actors.Simulation.Tests;

public sealed class DeterminismTests
{
    private static readonly Plan Plan = new() { Name = "one console" };

    [Fact]
    public void A_seed_gives_the_same_trace_each_time()
    {
        using var host = new SimHost();
        var first = host.Run(new RunRequest(Plan, 1));
        var second = host.Run(new RunRequest(Plan, 1));

        Assert.Equal(RunVerdict.Passed, first.Verdict);
        Assert.Equal(first.TraceHash, second.TraceHash);
        Assert.Equal(first.Steps, second.Steps);
    }

    [Fact]
    public void A_seed_gives_the_same_trace_whatever_ran_before()
    {
        using var used = new SimHost();
        for (var seed = 1UL; seed < 20; seed++)
            used.Run(new RunRequest(Plan, seed));
        using var fresh = new SimHost();

        Assert.Equal(fresh.Run(new RunRequest(Plan, 20)).TraceHash, used.Run(new RunRequest(Plan, 20)).TraceHash);
    }

    [Fact]
    public void Seeds_give_different_schedules()
    {
        using var host = new SimHost();
        var hashes = Enumerable.Range(1, 50).Select(seed => host.Run(new RunRequest(Plan with { Strategy = StrategyKind.Random }, (ulong)seed)).TraceHash).ToHashSet();

        Assert.Equal(50, hashes.Count);
    }

    [Fact]
    public void The_guest_s_bytes_arrive_at_the_backend()
    {
        using var host = new SimHost();
        var bytes = new Counter();

        var result = host.Run(new RunRequest(Plan, 1) { Observers = [bytes] });

        Assert.Equal(RunVerdict.Passed, result.Verdict);
        Assert.Equal(Plan.Workload.Bytes, bytes.Count);
    }

    private sealed class Counter : WorldObserver
    {
        public long Count { get; private set; }

        public override WorldInterest Interest => WorldInterest.Backend;

        public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
        {
            if (happened.Kind == BackendEventKind.Accepted)
                Count += happened.Count;
        }
    }
}
