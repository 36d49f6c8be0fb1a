using System.Text.RegularExpressions;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>What a person gets to read when a test fails.</summary>
public sealed partial class FailureTests
{
    private static readonly Plan Plan = new() { Name = "a failing test" };

    [Fact]
    public void A_demand_that_does_not_hold_fails_with_seed_violation_and_the_line_that_replays_it()
    {
        var failure = Fails(world =>
        {
            world.Workload("console-write", bytes: 512);
            world.Always("less than 100 bytes arrive", view => view.Received().Length < 100);
            world.RunUntilQuiescent();
        });

        Assert.StartsWith("seed 7 of 'a failing test': always: less than 100 bytes arrive at ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("ACTORS_SEED=7 dotnet test", failure.Message, StringComparison.Ordinal);
        var log = LogOf(failure);
        using var host = new SimHost();
        var replay = Replay.Of(host, PlanFile.Parse("log", log.PlanText).Plan!, log.Seed, log, ReplayMode.Strict);
        Assert.True(replay.IsSame);
        Assert.Null(replay.Divergence);
    }

    [Fact]
    public void What_is_printed_is_the_shrunk_run()
    {
        var failure = Fails(world =>
        {
            world.Machines(vms: 2, vcpus: 2);
            world.Workload("console-write", bytes: 4096);
            world.Always("nothing arrives", view => view.Received().IsEmpty);
            world.RunUntilQuiescent();
        });

        var log = LogOf(failure);
        Assert.Empty(log.Script.Picks);
        Assert.Equal(1, log.Script.WorkloadBytes);
        Assert.Equal((1, 1), (PlanFile.Parse("log", log.PlanText).Plan!.Topology.Vms, PlanFile.Parse("log", log.PlanText).Plan!.Topology.Vcpus));
    }

    [Fact]
    public void An_assertion_about_the_result_fails_with_the_line_too()
    {
        var failure = Fails(world =>
        {
            var run = world.RunUntilQuiescent();
            Assert.Equal(5, run.View.Received().Length);
        });

        Assert.Contains("seed 7", failure.Message, StringComparison.Ordinal);
        Assert.Equal("test", LogOf(failure).Oracle);
        Assert.IsAssignableFrom<Xunit.Sdk.XunitException>(failure.InnerException);
    }

    [Fact]
    public void What_never_happens_is_a_failure()
    {
        var failure = Fails(world =>
        {
            world.Eventually(TimeSpan.FromSeconds(1), view => view.Crashes > 0, "something crashes");
            world.RunUntilQuiescent();
        });

        Assert.Contains("eventually: something crashes", failure.Message, StringComparison.Ordinal);
        Assert.Contains("it never happened", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_that_never_strikes_and_a_point_that_is_never_reached_are_failures()
    {
        using var seeds = new SimSeeds(Plan);

        var failure = Assert.Throws<SimFailureException>(() => seeds.Run(
            world =>
            {
                world.Drop(LinkSite.IrqRaise).Nth(1_000_000);
                world.Sometimes("the moon is reached", view => false);
                world.RunUntilQuiescent();
            },
            1,
            2,
            mayBeVacuous: false));

        Assert.Equal("in 2 seeds fault 'drop-irq-raise' never struck, point 'the moon is reached' was never reached: the test shows nothing about it (I31)", failure.Message);
    }

    [Fact]
    public void A_test_that_runs_nothing_is_a_failure()
    {
        using var seeds = new SimSeeds(Plan);

        Assert.Throws<InvalidOperationException>(() => seeds.Run(_ => { }, 1, 1, mayBeVacuous: false));
    }

    private static SimFailureException Fails(Action<SimWorld> body)
    {
        using var seeds = new SimSeeds(Plan) { Clock = new StandingClock() };
        return Assert.Throws<SimFailureException>(() => seeds.Run(body, 7, 3, mayBeVacuous: true));
    }

    /// <summary>However slow the machine is, the run is made as small as it can be.</summary>
    private sealed class StandingClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    private static ChoiceLog LogOf(SimFailureException failure)
    {
        var match = Command().Match(failure.Message);
        Assert.True(match.Success, failure.Message);
        Assert.True(ChoiceLog.TryReadPrintable(match.Groups[1].Value, out var log, out var problem), problem);
        return log!;
    }

    [GeneratedRegex(@"^replay: actors chaos replay (chaos1\.\S+)$", RegexOptions.Multiline)]
    private static partial Regex Command();
}
