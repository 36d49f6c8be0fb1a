using CsCheck;

namespace Actors.Simulation.Tests;

public sealed class RuleStateTests
{
    private static readonly FaultRule Rule = new() { Id = "r", Row = "F01", Site = "irq.raise", Do = "drop" };

    [Fact]
    public void A_rule_without_conditions_fires_at_each_visit() => Assert.Equal([1, 2, 3, 4, 5], Fires(Rule, 5));

    [Fact]
    public void Nth_fires_at_that_visit_alone() => Assert.Equal([3], Fires(Rule with { Nth = 3 }, 10));

    [Fact]
    public void A_drawn_nth_fires_once_and_not_always_at_the_same()
    {
        var all = Enumerable.Range(1, 50).Select(seed => Fires(Rule with { Nth = -1 }, 200, (ulong)seed)).ToList();

        Assert.All(all, fired => Assert.Single(fired));
        Assert.True(all.Select(fired => fired[0]).Distinct().Count() > 5);
    }

    [Fact]
    public void Interval_fires_at_every_kth() => Assert.Equal([4, 8, 12], Fires(Rule with { Interval = 4 }, 13));

    [Fact]
    public void Times_is_the_most() => Assert.Equal([1, 2, 3], Fires(Rule with { Times = 3 }, 10));

    [Fact]
    public void A_burst_fires_at_visits_in_a_row() => Assert.Equal([3, 4, 5], Fires(Rule with { Nth = 3, Burst = 3 }, 10));

    [Fact]
    public void Space_lets_bytes_pass_first() => Assert.Equal([4, 5], Fires(Rule with { Space = 300 }, 5, bytes: 100));

    [Fact]
    public void A_window_is_kept()
    {
        var state = new RuleState(Rule with { From = TimeSpan.FromTicks(10), Until = TimeSpan.FromTicks(20) }, 0, 1);

        Assert.False(state.Visit(9, 0, true, 0, out _));
        Assert.True(state.Visit(10, 0, true, 0, out _));
        Assert.True(state.Visit(19, 0, true, 0, out _));
        Assert.False(state.Visit(20, 0, true, 0, out _));
    }

    [Fact]
    public void A_state_is_asked_for()
    {
        var state = new RuleState(Rule with { WhenState = 2 }, 0, 1);

        Assert.False(state.Visit(0, 0, true, 0, out _));
        Assert.True(state.Visit(0, 2, true, 0, out _));
    }

    [Fact]
    public void A_full_budget_lets_nothing_fire()
    {
        var state = new RuleState(Rule, 0, 1);

        Assert.False(state.Visit(0, 0, false, 0, out _));
        Assert.True(state.Visit(0, 0, true, 0, out var firing));
        Assert.Equal(2, firing.Occurrence);
    }

    [Fact]
    public void Activation_is_drawn_for_the_run()
    {
        var active = Enumerable.Range(1, 2000).Count(seed => Fires(Rule with { Activation = 0.25 }, 3, (ulong)seed) is { Count: 3 } );

        Assert.InRange(active, 400, 600);
        Assert.All(Enumerable.Range(1, 200), seed => Assert.Contains(Fires(Rule with { Activation = 0.25 }, 3, (ulong)seed).Count, new[] { 0, 3 }));
    }

    [Fact]
    public void Probability_is_drawn_at_each_visit() => Assert.InRange(Fires(Rule with { Probability = 0.1 }, 10_000).Count, 850, 1150);

    [Fact]
    public void Correlation_makes_runs()
    {
        static double Turns(List<int> fired) => fired.Zip(fired.Skip(1), (a, b) => b - a).Count(gap => gap > 1) / (double)fired.Count;

        Assert.True(Turns(Fires(Rule with { Probability = 0.4, Correlation = 0.9 }, 10_000)) < Turns(Fires(Rule with { Probability = 0.4 }, 10_000)) / 1.5);
    }

    [Fact]
    public void What_a_rule_decides_depends_on_seed_name_and_visit_alone() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 9]).Sample((seed, index) =>
            Fires(Rule with { Probability = 0.3 }, 100, seed).SequenceEqual(Fires(Rule with { Probability = 0.3 }, 100, seed, index)));

    [Fact]
    public void Rules_of_other_names_decide_otherwise() =>
        Assert.NotEqual(Fires(Rule with { Probability = 0.5 }, 100), Fires(Rule with { Probability = 0.5, Id = "s" }, 100));

    [Fact]
    public void A_script_fires_what_it_lists_with_its_numbers()
    {
        var state = new RuleState(Rule, 0, 1, [new FaultFiring(0, 2, 7, 8), new FaultFiring(0, 4, 9, 10)]);
        var fired = new List<FaultFiring>();
        for (var i = 0; i < 6; i++)
        {
            if (state.Visit(0, 0, false, 0, out var firing))
                fired.Add(firing);
        }

        Assert.Equal([new FaultFiring(0, 2, 7, 8), new FaultFiring(0, 4, 9, 10)], fired);
        Assert.Equal(0, state.Missing);
    }

    [Fact]
    public void A_script_s_occurrence_that_never_comes_is_told()
    {
        var state = new RuleState(Rule, 0, 1, [new FaultFiring(0, 5, 0, 0)]);
        state.Visit(0, 0, true, 0, out _);

        Assert.Equal(5, state.Missing);
    }

    [Fact]
    public void The_numbers_of_an_occurrence_can_be_asked_for()
    {
        var rule = new FaultRule { Id = "d", Row = "F04", Site = "irq.raise", Do = "delay" };
        var state = new RuleState(rule, 0, 5);
        for (var i = 1; i <= 20; i++)
        {
            Assert.True(state.Visit(0, 0, true, 0, out var firing));
            Assert.Equal(firing, state.At(i));
        }
    }

    private static List<int> Fires(FaultRule rule, int visits, ulong seed = 1, int index = 0, long bytes = 0)
    {
        var state = new RuleState(rule, index, seed);
        var fired = new List<int>();
        for (var i = 1; i <= visits; i++)
        {
            if (state.Visit(0, 0, true, bytes, out _))
                fired.Add(i);
        }

        return fired;
    }
}
