namespace Actors.Simulation.Tests;

/// <summary>Rules in whole runs.</summary>
public sealed class FaultRunTests
{
    private static readonly FaultRule Lossy = new() { Id = "loss", Row = "F01", Site = "irq.raise", Do = "drop", Probability = 0.3 };

    private static readonly FaultRule Late = new() { Id = "late", Row = "F15", Site = "hsm.upcall", Do = "delay", Probability = 0.2 };

    [Fact]
    public void A_script_repeats_a_run_to_the_last_byte()
    {
        using var host = new SimHost();
        var plan = FaultWorlds.With(FaultWorlds.All().First(), Lossy, Late);
        for (var seed = 1UL; seed <= 10; seed++)
        {
            var run = host.Run(new RunRequest(plan, seed) { RecordsChoices = true });
            var again = host.Run(new RunRequest(plan, 999) { Script = run.Script });

            Assert.NotEmpty(run.Firings);
            Assert.Equal(run.TraceHash, again.TraceHash);
            Assert.Equal(run.Faults.ToArray(), again.Faults.ToArray());
        }
    }

    [Fact]
    public void A_rule_that_is_taken_out_changes_no_other_rule_s_decisions()
    {
        using var host = new SimHost();
        var world = FaultWorlds.All().First();
        var both = host.Run(new RunRequest(FaultWorlds.With(world, Lossy, Late), 3));
        var one = host.Run(new RunRequest(FaultWorlds.With(world, Late), 3));
        var shared = Math.Min(both.Faults[1].Visits, one.Faults[0].Visits);

        Assert.NotEmpty(one.Firings);
        Assert.Equal(
            both.Firings.Where(firing => firing.Rule == 1 && firing.Occurrence <= shared).Select(firing => (firing.Occurrence, firing.A)),
            one.Firings.Where(firing => firing.Occurrence <= shared).Select(firing => (firing.Occurrence, firing.A)));
    }

    [Fact]
    public void A_strict_script_says_which_occurrence_was_never_reached()
    {
        using var host = new SimHost();
        var plan = FaultWorlds.With(FaultWorlds.All().First(), Lossy);
        var firing = new FaultFiring(0, 1_000_000, 0, 0);

        Assert.Contains("1000000", host.Run(new RunRequest(plan, 1) { Script = new RunScript(ReplayMode.Strict, [firing], []) }).Note, StringComparison.Ordinal);
        Assert.Null(host.Run(new RunRequest(plan, 1) { Script = new RunScript(ReplayMode.Lenient, [firing], []) }).Note);
    }

    [Fact]
    public void Every_single_fault_of_a_rule_can_be_run_by_itself()
    {
        using var host = new SimHost();
        var plan = FaultWorlds.With(FaultWorlds.All().First(), Lossy);
        var scripts = SingleFaults.Of(plan, 1, host).ToList();

        Assert.NotEmpty(scripts);
        foreach (var script in scripts.Take(5))
        {
            var run = host.Run(new RunRequest(plan, 1) { Script = script });
            Assert.Equal(script.Firings, run.Firings.ToArray());
            Assert.Null(run.Note);
        }
    }

    [Fact]
    public void Lost_interrupts_are_repeated_and_that_counts_as_recovered()
    {
        using var host = new SimHost();
        var run = host.Run(new RunRequest(FaultWorlds.With(FaultWorlds.All().First(), Lossy with { Times = 3 }), 1));

        Assert.Equal(RunVerdict.Passed, run.Verdict);
        Assert.Equal(3, run.Faults[0].Effective);
        Assert.Equal(3, run.Faults[0].Recovered);
    }

    [Fact]
    public void A_selector_names_one_machine()
    {
        using var host = new SimHost();
        var world = FaultWorlds.All().First();
        long Visits(FaultSelector selector) => host.Run(new RunRequest(FaultWorlds.With(world, Lossy with { Select = selector, Nth = 100_000 }), 1)).Faults[0].Visits;

        Assert.Equal(Visits(FaultSelector.Everything), Visits(new FaultSelector(Vm: 0)) + Visits(new FaultSelector(Vm: 1)));
        Assert.Equal(Visits(new FaultSelector(Vm: 0)), Visits(new FaultSelector(Vm: 0, Device: "0.3.0")));
        Assert.Equal(0, Visits(new FaultSelector(Device: "7")));
    }

    [Fact]
    public void The_plan_s_automaton_leads_from_rule_to_rule()
    {
        using var host = new SimHost();
        var first = Lossy with { Id = "first", Probability = 1, Nth = 4, NewState = 1 };
        var second = Late with { Id = "second", Probability = 1, WhenState = 1, Times = 1, NewState = 2 };
        var run = host.Run(new RunRequest(FaultWorlds.With(FaultWorlds.All().First(), second, first), 1));

        Assert.Equal([1, 0], run.Firings.Select(firing => firing.Rule));
    }

    [Fact]
    public void No_more_faults_are_in_effect_at_once_than_the_budget_allows()
    {
        using var host = new SimHost();
        var plan = FaultWorlds.With(FaultWorlds.All().First(), Late with { Probability = 1 });
        var most = new Concurrency();
        host.Run(new RunRequest(plan with { Budget = plan.Budget with { ConcurrentFaults = 1 } }, 1) { Observers = [most] });

        Assert.Equal(1, most.Most);
    }

    private sealed class Concurrency : WorldObserver
    {
        private int _now;

        public int Most { get; private set; }

        public override WorldInterest Interest => WorldInterest.Fault;

        public override void OnFault(in Moment moment, in FaultEvent fault)
        {
            if (fault.Kind == FaultEventKind.Fired)
                Most = Math.Max(Most, ++_now);
            else if (fault.Kind == FaultEventKind.Healed)
                _now--;
        }
    }
}
