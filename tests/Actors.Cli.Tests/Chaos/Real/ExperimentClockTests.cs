namespace Actors.Cli.Tests;

/// <summary>A node's clock in an experiment.</summary>
public sealed class ExperimentClockTests
{
    private readonly ExperimentClock _clock;
    private long _machine = 1_000;

    public ExperimentClockTests() => _clock = new ExperimentClock(() => _machine);

    [Fact]
    public void A_rate_holds_from_its_line_on_and_time_never_goes_back()
    {
        var before = _clock.GetTimestamp();
        Set(TimeSpan.Zero, 250_000);
        Assert.Equal(before, _clock.GetTimestamp());
        _machine += 1_000;
        Assert.Equal(before + 1_250, _clock.GetTimestamp());
        Set(TimeSpan.Zero, -500_000);
        _machine += 1_000;
        Assert.Equal(before + 1_750, _clock.GetTimestamp());
        Set(TimeSpan.Zero, 0);
        _machine += 1_000;
        Assert.Equal(before + 2_750, _clock.GetTimestamp());
    }

    [Fact]
    public void An_offset_is_the_calendars_alone()
    {
        var (stamp, calendar) = (_clock.GetTimestamp(), _clock.GetUtcNow());
        Set(TimeSpan.FromHours(-1), 0);
        Assert.Equal((stamp, calendar - TimeSpan.FromHours(1)), (_clock.GetTimestamp(), _clock.GetUtcNow()));
        Set(TimeSpan.Zero, 0);
        Assert.Equal(calendar, _clock.GetUtcNow());
    }

    [Fact]
    public void A_timer_of_a_clock_that_is_too_fast_is_over_sooner()
    {
        Assert.Equal(TimeSpan.FromSeconds(10), _clock.ToMachine(TimeSpan.FromSeconds(10)));
        Set(TimeSpan.Zero, 250_000);
        Assert.Equal(TimeSpan.FromSeconds(8), _clock.ToMachine(TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("clock")]
    [InlineData("clock 1 x")]
    [InlineData("watch 1 1")]
    [InlineData("clock 9223372036854775807 0")]
    [InlineData("clock -9223372036854775808 0")]
    [InlineData("clock 0 -900001")]
    [InlineData("clock 0 9000001")]
    public void Another_line_says_nothing(string line) => Assert.False(_clock.TryObey(line));

    [Fact]
    public void A_line_is_within_what_a_clock_takes()
    {
        Set(TimeSpan.MaxValue, long.MaxValue);
        Set(TimeSpan.MinValue, long.MinValue);
        Assert.True(_clock.GetUtcNow() < DateTimeOffset.UtcNow);
    }

    /// <summary>The token of a VM begins with the calendar of the node that asked for it: one whose calendar is years ahead gives none that any other would.</summary>
    [SkippableFact]
    public async Task A_node_process_goes_by_the_clock_that_it_is_told()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "--real needs Linux");
        var hocon = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(hocon, $"{ExperimentScheduler.Setting}\n{ExperimentDetector.Setting}\n");
            using var keeper = new ProcessKeeper();
            using var node = NodeProcess.Start(keeper, "node 1", ["--port", "0", "--http", "off", "--hocon", hocon, NodeCommand.Experiment], static _ => { });
            node.Say(ExperimentClock.Line(TimeSpan.FromDays(3650), 0));
            var address = await node.Ready;
            var said = new TaskCompletionSource<Actors.Protocol.ClusterHop.VmUp>(TaskCreationOptions.RunContinuationsAsynchronously);
            var system = ClientSystem.Start("127.0.0.1", tls: null);
            var ear = system.ActorOf(Ear.Props((message, _) =>
            {
                if (message is Actors.Protocol.ClusterHop.VmUp up)
                    said.TrySetResult(up);
            }));
            var vm = new Actors.Protocol.VmSpec(new Actors.Protocol.VmId(0), 1, 16 << 20, new Actors.Protocol.GuestSpec("idle", []), []);
            system.ActorSelection(Actors.Cluster.NodeSettings.EntranceOf(address, tls: false)).Tell(new Actors.Protocol.ClusterHop.StartVm(vm, Actors.Protocol.VmPlacement.Colocated, ear), ear);

            var up = await said.Task.WaitAsync(TimeSpan.FromMinutes(5));

            Assert.InRange(DateTimeOffset.FromUnixTimeSeconds((long)(up.Fence.Value >> 32)), DateTimeOffset.UtcNow.AddDays(3640), DateTimeOffset.UtcNow.AddDays(3660));
            await ClientSystem.EndAsync(system, static _ => { }, isOrderly: false);
        }
        finally
        {
            File.Delete(hocon);
        }
    }

    private void Set(TimeSpan offset, long rate) => Assert.True(_clock.TryObey(ExperimentClock.Line(offset, rate)));
}
