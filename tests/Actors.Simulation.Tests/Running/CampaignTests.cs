namespace Actors.Simulation.Tests;

public sealed class CampaignTests
{
    private static readonly Plan Plan = new() { Name = "one console", Workload = new PlanWorkload { Bytes = 512 } };

    [Fact]
    public void The_result_does_not_depend_on_the_number_of_threads()
    {
        var alone = Run(new CampaignRequest(Plan) { Seeds = 100, From = 7 });
        var together = Run(new CampaignRequest(Plan) { Seeds = 100, From = 7, Jobs = 3 });

        Assert.Equal(alone.TraceHash, together.TraceHash);
        Assert.Equal((100, 100, alone.Steps), (together.Seeds, together.Passed, together.Steps));
    }

    [Fact]
    public void Other_seeds_have_another_hash()
    {
        var one = Run(new CampaignRequest(Plan) { Seeds = 20 });
        var other = Run(new CampaignRequest(Plan) { Seeds = 20, From = 2 });

        Assert.NotEqual(one.TraceHash, other.TraceHash);
    }

    [Fact]
    public void One_seed_in_twenty_is_run_twice() => Assert.Equal(5, Run(new CampaignRequest(Plan) { Seeds = 100 }).Repeated);

    [Fact]
    public void A_fault_that_never_fires_is_complained_about()
    {
        var rule = new FaultRule { Id = "nowhere", Row = "F01", Site = "irq.raise", Do = "drop", Nth = int.MaxValue };

        var result = Run(new CampaignRequest(Plan with { Faults = [rule] }) { Seeds = 3 });

        Assert.False(result.IsGood);
        Assert.Equal("fault 'nowhere' never fired in 3 seeds", Assert.Single(result.Vacuous));
    }

    [Fact]
    public void A_fault_that_fires_and_never_has_an_effect_is_complained_about()
    {
        var reading = PlanFile.Parse("plan", "name: x\nworkload: { kind: console-write, bytes: 512 }\nfaults: [ { id: idle, site: backend.write, do: short, len: 1000000 } ]\n");
        Assert.Empty(reading.Errors);

        var result = Run(new CampaignRequest(reading.Plan!) { Seeds = 3 });

        Assert.Equal("fault 'idle' fired and never changed anything in 3 seeds", Assert.Single(result.Vacuous));
    }

    [Fact]
    public void A_failing_seed_that_is_another_run_when_it_is_made_again_is_not_deterministic()
    {
        var result = Run(new CampaignRequest(Plan) { Seeds = 10, RepeatEvery = 0, Flaw = new IdentityDecides().Name, Checks = [() => new EveryTenthFails()] });

        var violation = Assert.Single(result.Failures).Violation;
        Assert.Equal("I30", violation.Oracle);
        Assert.EndsWith("(it had failed by test: a tenth)", violation.What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_point_that_is_never_reached_is_complained_about()
    {
        var result = Run(new CampaignRequest(Plan with { Sometimes = ["the moon"] }) { Seeds = 3 });

        Assert.Equal("point 'the moon' was never reached in 3 seeds", Assert.Single(result.Vacuous));
        Assert.Equal(new PointCount("the moon", 0, true), Assert.Single(result.Sometimes, point => point.IsDemanded));
    }

    [Fact]
    public void The_first_failures_are_kept_in_the_order_of_their_seeds()
    {
        var result = Run(new CampaignRequest(Plan) { Seeds = 60, Jobs = 2, KeptFailures = 2, Checks = [() => new EveryTenthFails()] });

        Assert.Equal(6, result.Failed);
        Assert.Equal([10UL, 20UL], result.Failures.Select(failure => failure.Seed));
        Assert.All(result.Failures, failure => Assert.NotEmpty(failure.Result.Picks));
    }

    [Theory]
    [InlineData("check: [I8]", true)]
    [InlineData("check: [I1, I7..I9]", true)]
    [InlineData("check: [I9]", false)]
    public void A_plan_names_the_checks_of_a_campaign_like_oracles(string line, bool isChecked)
    {
        var reading = PlanFile.Parse("plan", $"name: x\ntopology: {{ vms: 2 }}\nworkload: {{ kind: console-write, bytes: 200 }}\n{line}\n");
        Assert.Empty(reading.Errors);

        var result = Run(new CampaignRequest(reading.Plan!) { Seeds = 40, Flaw = new ScanStopsAtVmWithoutPage().Name, KeptFailures = 100 });

        Assert.Equal(isChecked, result.Failures.Any(failure => failure.Violation.Oracle == "I8"));
    }

    [Fact]
    public void A_campaign_that_is_stopped_reports_what_it_did()
    {
        using var stop = new CancellationTokenSource();
        var result = new Campaign(new CampaignRequest(Plan) { Seeds = 1_000_000, Checks = [() => new Stopper(stop)] }, TimeProvider.System).Run(stop.Token);

        Assert.True(result.IsStopped);
        Assert.Equal(5, result.Seeds);
        Assert.Equal(Run(new CampaignRequest(Plan) { Seeds = 5 }).TraceHash, result.TraceHash);
    }

    private static CampaignResult Run(CampaignRequest request) => new Campaign(request, TimeProvider.System).Run(CancellationToken.None);

    private sealed class EveryTenthFails : ICampaignCheck
    {
        public string Oracle => "test";

        public int Every => 1;

        public bool Applies(Plan plan) => true;

        public Violation? Check(SimHost host, RunResult result) =>
            result.Request.Seed % 10 == 0 ? new Violation("test", "a tenth", default) : null;
    }

    private sealed class Stopper(CancellationTokenSource stop) : ICampaignCheck
    {
        public string Oracle => "test";

        public int Every => 1;

        public bool Applies(Plan plan) => true;

        public Violation? Check(SimHost host, RunResult result)
        {
            if (result.Request.Seed == 5)
                stop.Cancel();
            return null;
        }
    }
}
