namespace Actors.Simulation.Tests;

public sealed class ReplayTests
{
    private static readonly Plan Plan = new() { Name = "one console", Workload = new PlanWorkload { Bytes = 512 }, Strategy = StrategyKind.Random };

    [Fact]
    public void A_log_gives_the_same_trace()
    {
        using var host = new SimHost();
        var log = Recorded(host, 9);

        var replay = Replay.Of(host, Plan, log.Seed, log, ReplayMode.Strict);

        Assert.True(replay.IsSame);
        Assert.Null(replay.Divergence);
    }

    [Fact]
    public void A_strict_replay_names_the_first_choice_that_does_not_fit_as_both_see_it()
    {
        using var host = new SimHost();
        var log = Recorded(host, 9);
        var first = log.Script.Picks[0];
        var other = log with { Script = log.Script with { Picks = [first with { Alternatives = first.Alternatives + 5 }, .. log.Script.Picks.Skip(1)] }, TraceHash = 1 };

        var replay = Replay.Of(host, Plan, log.Seed, other, ReplayMode.Strict);

        Assert.False(replay.IsSame);
        Assert.StartsWith($"decision {first.Decision} (step ", replay.Divergence, StringComparison.Ordinal);
        Assert.Contains($"here {first.Alternatives} actors are ready (", replay.Divergence, StringComparison.Ordinal);
        Assert.EndsWith($"in the log {first.Alternatives + 5} were, of which number {first.Index} went on", replay.Divergence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lenient_replay_goes_on_where_a_choice_does_not_fit()
    {
        using var host = new SimHost();
        var log = Recorded(host, 9);
        var other = log with { Script = log.Script with { Picks = [new SchedulePick(0, 99, 98), .. log.Script.Picks.Where(pick => pick.Decision > 0)] } };

        var replay = Replay.Of(host, Plan, log.Seed, other, ReplayMode.Lenient);

        Assert.Equal(RunVerdict.Passed, replay.Result.Verdict);
        Assert.Null(replay.Divergence);
    }

    public static TheoryData<string> ComparingFlaws => [new ScanStopsAtVmWithoutPage().Name, new VictimDisturbed().Name, new IdentityDecides().Name];

    [Theory]
    [MemberData(nameof(ComparingFlaws))]
    public void A_failure_that_only_a_comparison_shows_is_repeated_by_its_seed_and_by_its_log(string name)
    {
        var flaw = FlawCatalog.Find(name)!;
        var plan = flaw.Plan with { Check = [] };
        var campaign = new CampaignRequest(plan) { Seeds = 20, RepeatEvery = 1, Flaw = name, Checks = [.. CampaignChecks.Makers.Select(make => (Func<ICampaignCheck>)(() => new OfEverySeed(make())))] };
        var failure = new Campaign(campaign, TimeProvider.System).Run(CancellationToken.None).Failures.First(known => flaw.CaughtBy.Contains(known.Violation.Oracle));
        using var host = new SimHost();

        var bySeed = Replay.Of(host, plan, failure.Seed, null, ReplayMode.Strict, name);

        Assert.Equal(RunVerdict.Failed, bySeed.Result.Verdict);
        Assert.Equal(failure.Violation.Oracle, bySeed.Result.Violations[0].Oracle);
        if (failure.Violation.Oracle == RerunCheck.Id)
            return;
        var byLog = Replay.Of(host, plan, failure.Seed, ChoiceLog.Of(failure.Result, failure.Violation), ReplayMode.Strict, name);
        Assert.True(byLog.IsSame);
        Assert.Equal(failure.Violation.Oracle, Assert.Single(byLog.Result.Violations).Oracle);
    }

    [Fact]
    public void A_replay_makes_no_check_that_its_plan_forgoes()
    {
        using var host = new SimHost();
        var flaw = new ScanStopsAtVmWithoutPage();

        var replay = Replay.Of(host, flaw.Plan with { Check = ["I9"] }, 1, null, ReplayMode.Strict, flaw.Name);

        Assert.Equal(RunVerdict.Passed, replay.Result.Verdict);
    }

    [Fact]
    public void A_trace_as_lines_is_one_object_an_event()
    {
        using var host = new SimHost();
        var replay = Replay.Of(host, Plan, 9, null, ReplayMode.Strict);
        using var lines = new StringWriter();

        TraceJson.Write(lines, replay.Result);

        var written = lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("\"format\":\"actors-trace\",\"version\":1", written[0], StringComparison.Ordinal);
        Assert.Equal(replay.Result.Recording!.Events.Length, written.Length - 1);
        Assert.All(written, line => Assert.Equal(System.Text.Json.JsonValueKind.Object, System.Text.Json.JsonDocument.Parse(line).RootElement.ValueKind));
        Assert.Contains(written, line => line.Contains("\"kind\":\"slot\"", StringComparison.Ordinal) && line.Contains("PENDING->PROCESSING", StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_event_that_differs_is_found()
    {
        using var host = new SimHost();
        var one = host.Run(new RunRequest(Plan, 1) { RecordsTrace = true }).Recording!;
        var again = host.Run(new RunRequest(Plan, 1) { RecordsTrace = true }).Recording!;
        var other = host.Run(new RunRequest(Plan, 2) { RecordsTrace = true }).Recording!;

        Assert.Null(TraceDifference.Between(one, again));
        var difference = TraceDifference.Between(one, other)!;
        Assert.True(difference.Index > 0);
        Assert.NotEqual(difference.First, difference.Second);
    }

    private static ChoiceLog Recorded(SimHost host, ulong seed) => ChoiceLog.Of(host.Run(new RunRequest(Plan, seed) { RecordsChoices = true }));

    private sealed class OfEverySeed(ICampaignCheck check) : ICampaignCheck
    {
        public string Oracle => check.Oracle;

        public int Every => 1;

        public bool Applies(Plan plan) => check.Applies(plan);

        public Violation? Check(SimHost host, RunResult result) => check.Check(host, result);
    }
}
