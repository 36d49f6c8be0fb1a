using Actors.Protocol;

namespace Actors.Simulation.Tests;

public sealed class ShrinkerTests
{
    private static readonly Plan Plan = new()
    {
        Name = "to be shrunk",
        Topology = new PlanTopology { Vms = 2, Vcpus = 2 },
        Workload = new PlanWorkload { Bytes = 4096 },
        Strategy = StrategyKind.Random,
    };

    /// <summary>Bounded by runs: a slow machine takes as long as it takes.</summary>
    private static readonly ShrinkLimits Limits = ShrinkLimits.Standard with { Time = TimeSpan.FromHours(1) };

    [Fact]
    public void What_a_failure_does_not_need_is_left_out()
    {
        using var host = new SimHost();
        var failing = host.Run(new RunRequest(Plan, 5) { Observers = [new AnyByte()], RecordsChoices = true });
        Assert.NotEmpty(failing.Picks);

        var shrunk = Shrinker.Shrink(host, failing, Limits, TimeProvider.System)!;

        Assert.Equal("test", shrunk.Violation.Oracle);
        Assert.Equal(0, shrunk.Depth);
        Assert.Equal(1, shrunk.Smallest.Request.Script!.WorkloadBytes);
        Assert.Equal((1, 1), (shrunk.Smallest.Request.Plan.Topology.Vms, shrunk.Smallest.Request.Plan.Topology.Vcpus));
    }

    [Fact]
    public void A_failure_of_the_schedule_keeps_the_turns_that_it_needs()
    {
        using var host = new SimHost();
        var plan = Plan with { Topology = new PlanTopology() };
        var usual = new FirstTurns(null);
        host.Run(new RunRequest(plan with { Strategy = StrategyKind.RoundRobin }, 1) { Observers = [usual] });
        var failing = host.Run(new RunRequest(plan, 3) { Observers = [new FirstTurns(usual.Actors)], RecordsChoices = true });
        Assert.Equal(RunVerdict.Failed, failing.Verdict);

        var shrunk = Shrinker.Shrink(host, failing, Limits, TimeProvider.System)!;

        Assert.Equal(1, shrunk.Depth);
        Assert.Single(shrunk.Smallest.Picks);
        Assert.Equal(RunVerdict.Passed, shrunk.Neighbour!.Verdict);
        Assert.NotNull(shrunk.Divergence);
        Assert.StartsWith("when the actor that is ready the longest goes on at decision ", shrunk.Difference, StringComparison.Ordinal);
        Assert.InRange(shrunk.Sentences.Length, 3, 12);
    }

    [Fact]
    public void The_shrunk_run_fails_again_from_its_log()
    {
        using var host = new SimHost();
        var failing = host.Run(new RunRequest(Plan, 5) { Observers = [new AnyByte()], RecordsChoices = true });
        var shrunk = Shrinker.Shrink(host, failing, Limits, TimeProvider.System)!;

        var log = ChoiceLog.Of(shrunk.Smallest, shrunk.Violation);
        var replay = Replay.Of(host, PlanFile.Parse("log", log.PlanText).Plan!, log.Seed, log, ReplayMode.Strict);

        Assert.True(replay.IsSame);
    }

    [Fact]
    public void The_search_ends_at_its_limit()
    {
        using var host = new SimHost();
        var failing = host.Run(new RunRequest(Plan, 5) { Observers = [new AnyByte()], RecordsChoices = true });

        var shrunk = Shrinker.Shrink(host, failing, new ShrinkLimits(TimeSpan.FromHours(1), 3), TimeProvider.System)!;

        Assert.True(shrunk.IsCut);
        Assert.Equal(3, shrunk.Candidates);
    }

    [Fact]
    public void A_run_that_passes_is_not_shrunk()
    {
        using var host = new SimHost();

        Assert.Null(Shrinker.Shrink(host, host.Run(new RunRequest(Plan, 5)), Limits, TimeProvider.System));
    }

    /// <summary>Is violated when any byte comes out.</summary>
    private sealed class AnyByte : WorldObserver
    {
        private World _world = null!;

        public override WorldInterest Interest => WorldInterest.Backend;

        public override void OnBegin(World world) => _world = world;

        public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
        {
            if (happened.Kind == BackendEventKind.Accepted)
                _world.Report(new Violation("test", "a byte came out", moment));
        }
    }

    /// <summary>Is violated when the first messages aren't taken by the usual actors.</summary>
    private sealed class FirstTurns(IReadOnlyList<int>? usual) : WorldObserver
    {
        private const int Count = 100;

        private readonly List<int> _actors = [];
        private World _world = null!;

        public IReadOnlyList<int> Actors => _actors;

        public override WorldInterest Interest => WorldInterest.Receive;

        public override void OnBegin(World world)
        {
            _world = world;
            _actors.Clear();
        }

        public override void OnReceive(in Moment moment, in ReceiveEvent receive)
        {
            if (_actors.Count >= Count)
                return;
            if (usual is not null && usual[_actors.Count] != receive.Actor)
                _world.Report(new Violation("turns", "somebody else went first", moment));
            _actors.Add(receive.Actor);
        }
    }
}
