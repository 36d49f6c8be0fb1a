namespace Actors.Simulation.Tests;

public sealed class StuckCampaignTests
{
    private static readonly Plan Plan = new() { Name = "stuck", Workload = new PlanWorkload { Bytes = 64 } };

    [Fact]
    public void A_run_that_gets_stuck_ends_its_campaign_and_is_its_failure()
    {
        using var open = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        var request = new CampaignRequest(Plan)
        {
            From = 5,
            Seeds = 100_000,
            RepeatEvery = 0,
            Checks = [() => new Trap(entered, open)],
            StepLimit = new StepLimit(TimeSpan.FromSeconds(30)) { Await = (ended, _) => ended(TimeSpan.FromMilliseconds(1)) || !entered.Wait(Timeout.Infinite) },
        };

        var result = new Campaign(request, TimeProvider.System).Run(CancellationToken.None);

        Assert.True(result.IsStopped);
        Assert.Equal(1, result.Failed);
        var failure = Assert.Single(result.Failures);
        Assert.Equal(8UL, failure.Result.Request.Seed);
        Assert.Equal(("defect", true), (failure.Violation.Oracle, failure.Violation.What.StartsWith("a demand, an oracle, a workload or a condition of the test hasn't ended for 30 s of real time", StringComparison.Ordinal)));
        open.Set();
    }

    [Fact]
    public void What_a_watched_run_throws_is_thrown_where_it_was_asked_for()
    {
        var thrown = Assert.Throws<InvalidTimeZoneException>(() => new StepWatch().Run(() => throw new InvalidTimeZoneException("x"), () => 0, () => "nothing", StepLimit.Default));

        Assert.Contains(nameof(What_a_watched_run_throws_is_thrown_where_it_was_asked_for), thrown.StackTrace, StringComparison.Ordinal);
    }

    /// <summary>However long it takes, what goes on isn't stuck.</summary>
    [Fact]
    public void Steps_that_go_on_are_never_stuck()
    {
        var turns = 0L;
        var looks = 0;
        using var enough = new ManualResetEventSlim();
        var limit = new StepLimit(TimeSpan.FromSeconds(30))
        {
            Await = (ended, _) =>
            {
                turns += ++looks % 30 == 0 ? 1 : 0;
                if (looks == 1000)
                    enough.Set();
                return looks >= 1000 && ended(Timeout.InfiniteTimeSpan);
            },
        };

        new StepWatch().Run(enough.Wait, () => turns, () => "nothing", limit);

        Assert.Equal(1000, looks);
    }

    /// <summary>Who comes to the third seed doesn't come out before the test's end.</summary>
    private sealed class Trap(ManualResetEventSlim entered, ManualResetEventSlim open) : ICampaignCheck
    {
        public string Oracle => "I0";

        public int Every => 3;

        public bool Applies(Plan plan) => true;

        public Violation? Check(SimHost host, RunResult result)
        {
            if (result.Request.Seed < 8)
                return null;
            entered.Set();
            open.Wait();
            return null;
        }
    }
}
