using Akka.Actor;

namespace Actors.Simulation.Tests;

public sealed class StrategyTests
{
    public static TheoryData<StrategyKind> Kinds => [.. Enum.GetValues<StrategyKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_bug_that_needs_two_orders_is_found_by_every_strategy(StrategyKind kind)
    {
        // The whole of B must come to pass while A is between its fifth and fifteenth step; three others do something else.
        bool IsBug(Program run) => run.At(1, 9) is var end && end > run.At(0, 4) && end < run.At(0, 15);

        Assert.InRange(SeedsUntil(kind, [20, 10, 20, 20, 20], IsBug, 200), 1, 200);
    }

    [Fact]
    public void A_bug_that_needs_three_orders_is_found_by_PCT_and_not_by_turns()
    {
        // A stops in its middle, B runs to its middle, A to its end, B to its end.
        static bool IsBug(Program run) => run.At(0, 3) < run.At(1, 0) && run.At(1, 3) < run.At(0, 4) && run.At(0, 7) < run.At(1, 4);

        Assert.Equal(0, SeedsUntil(StrategyKind.RoundRobin, [8, 8, 8], IsBug, 100));
        Assert.InRange(SeedsUntil(StrategyKind.Pct, [8, 8, 8], IsBug, 200_000), 1, 200_000);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Nobody_starves(StrategyKind kind)
    {
        for (var seed = 1UL; seed <= 20; seed++)
        {
            var run = new Program([int.MaxValue, int.MaxValue, 5]);
            run.Go(Strategies.Make(kind, seed, new Prng(seed, 1)), (6 * StarvationGuard.Patience) + 100);

            Assert.NotEqual(long.MaxValue, run.At(2, 4));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_seed_means_one_schedule(StrategyKind kind)
    {
        int[] lengths = [40, 30, 20, 10];

        Assert.Equal(Picks(kind, 7, lengths), Picks(kind, 7, lengths));
        if (kind != StrategyKind.RoundRobin)
            Assert.True(Enumerable.Range(1, 20).Select(seed => string.Join(' ', Picks(kind, (ulong)seed, lengths))).Distinct().Count() > 5);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_pick_allocates_nothing(StrategyKind kind)
    {
        var run = new Program([int.MaxValue, int.MaxValue, int.MaxValue]) { KeepsOrder = false };
        var strategy = Strategies.Make(kind, 3, new Prng(3, 1));
        run.Go(strategy, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        run.Go(strategy, 10_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_portfolio_has_every_strategy()
    {
        var kinds = Enumerable.Range(1, 100).Select(seed => Strategies.OfSeed((ulong)seed)).Distinct();

        Assert.Equal(Enum.GetValues<StrategyKind>().Length - 1, kinds.Count());
        Assert.DoesNotContain(StrategyKind.Portfolio, kinds);
    }

    [Fact]
    public void A_priority_of_an_earlier_run_means_nothing()
    {
        int[] lengths = [20, 20, 20];
        var reused = new Program(lengths);
        reused.Go(Strategies.Make(StrategyKind.Pct, 1, new Prng(1, 1)), int.MaxValue);
        reused.Again();
        reused.Go(Strategies.Make(StrategyKind.Pct, 2, new Prng(2, 1)), int.MaxValue);

        Assert.Equal(Picks(StrategyKind.Pct, 2, lengths), reused.Order);
    }

    private static IEnumerable<int> Picks(StrategyKind kind, ulong seed, int[] lengths)
    {
        var run = new Program(lengths);
        run.Go(Strategies.Make(kind, seed, new Prng(seed, 1)), int.MaxValue);
        return run.Order;
    }

    /// <summary>Number of the first seed that meets the bug; 0: none.</summary>
    private static int SeedsUntil(StrategyKind kind, int[] lengths, Func<Program, bool> isBug, int most)
    {
        var run = new Program(lengths);
        for (var seed = 1; seed <= most; seed++)
        {
            run.Go(Strategies.Make(kind, (ulong)seed, new Prng((ulong)seed, 1)), int.MaxValue);
            if (isBug(run))
                return seed;
            run.Again();
        }

        return 0;
    }

    /// <summary>Actors that each take a number of steps and share nothing but a schedule.</summary>
    private sealed class Program
    {
        private static readonly SimHost Host = new();

        private readonly int[] _lengths;
        private readonly SimActor[] _actors;
        private readonly int[] _taken;
        private readonly ReadySet _ready = new();
        private long _step;

        public Program(int[] lengths)
        {
            _lengths = lengths;
            _taken = new int[lengths.Length];
            _actors = [.. lengths.Select((_, i) => new SimActor(Host, ActorRefs.Nobody, i))];
            Again();
        }

        /// <summary>Numbers of the actors in the order of their steps.</summary>
        public List<int> Order { get; } = [];

        public bool KeepsOrder { get; init; } = true;

        public void Again()
        {
            _ready.Clear();
            _step = 0;
            Order.Clear();
            Array.Clear(_taken);
            foreach (var actor in _actors)
                _ready.Add(actor, 0);
        }

        public void Go(ScheduleStrategy strategy, int steps)
        {
            for (var i = 0; i < steps && _ready.Count > 0; i++)
            {
                var actor = _ready.TakeAt(_ready.Count == 1 ? 0 : strategy.Pick(_ready, _step));
                _step++;
                if (KeepsOrder)
                    Order.Add(actor.Number);
                if (++_taken[actor.Number] < _lengths[actor.Number])
                    _ready.Add(actor, _step);
            }
        }

        /// <summary>When an actor took a step, from 0; <see cref="long.MaxValue"/>: never.</summary>
        public long At(int actor, int step)
        {
            for (var i = 0; i < Order.Count; i++)
            {
                if (Order[i] == actor && step-- == 0)
                    return i;
            }

            return long.MaxValue;
        }
    }
}
