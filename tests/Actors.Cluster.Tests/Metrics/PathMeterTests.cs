using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cluster.Tests;

public sealed class PathMeterTests
{
    private readonly HandClock _clock = new();
    private readonly PathMeter _meter;

    public PathMeterTests() => _meter = new(_clock);

    [Fact]
    public void Steps_of_many_threads_add_up()
    {
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < 10_000; i++)
                _meter.Record(new PathStep(PathHop.EmulateIo, new VmId(1), 0, 0, default));
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Equal(40_000, _meter.Total().Steps[(int)PathHop.EmulateIo]);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(99_999, 3)]
    [InlineData(-5, 0)]
    [InlineData(int.MaxValue, 15)]
    public void An_exit_is_in_flight_until_its_entry_and_then_has_a_latency(int vm, int vcpu)
    {
        Step(PathHop.VmExit, vm, vcpu);
        Assert.Equal(1, Requests(vm));
        Step(PathHop.VmEntry, vm, vcpu);
        Assert.Equal(0, Requests(vm));
        Assert.Equal(1, _meter.Total().Latencies.Sum());
    }

    [Fact]
    public void An_entry_without_an_exit_has_no_latency()
    {
        Step(PathHop.VmEntry, 1, 0);
        Assert.Equal(0, _meter.Total().Latencies.Sum());
    }

    [Fact]
    public void Bytes_are_in_flight_until_written_or_dropped()
    {
        var vm = new VmId(3);
        _meter.Taken(vm, 100);
        _meter.Record(new PathStep(PathHop.BackendWrite, vm, -1, 0, default, 30));
        _meter.Record(new DropStep(vm, "console", 0, 50, DropReason.Policy));
        Assert.Equal(20, Assert.Single(_meter.TakeChanged([Entry(3)])).BytesInFlight);
        Assert.Empty(_meter.TakeChanged([Entry(3)]));
        var total = _meter.Total();
        Assert.Equal((100, 30, 50), (total.BytesFromGuests, total.BytesWritten, total.BytesDropped));
    }

    [Fact]
    public void A_new_incarnation_has_nothing_in_flight()
    {
        Step(PathHop.VmExit, 1, 0);
        _meter.Begin(new VmId(1));
        Assert.Equal(0, Requests(1));
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        Step(PathHop.VmExit, 1, 0);
        Step(PathHop.VmEntry, 1, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Step(PathHop.VmExit, 1, 0);
            Step(PathHop.VmEntry, 1, 0);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void The_page_for_Prometheus_has_every_hop_and_a_histogram_that_ends_with_its_count()
    {
        Step(PathHop.VmExit, 1, 0);
        Step(PathHop.VmEntry, 1, 0);
        using var node = new NodeMeter("here:1", [], _meter, new GuestRamDirectory(), AnyLease());
        var lines = PrometheusText.Write(node).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var hop in Enum.GetNames<PathHop>())
            Assert.Contains(lines, line => line.StartsWith($"actors_hop_total{{hop=\"{hop}\"}} ", StringComparison.Ordinal));
        Assert.Contains("actors_exit_seconds_bucket{le=\"+Inf\"} 1", lines);
        Assert.Contains("actors_exit_seconds_count 1", lines);
        Assert.All(lines, line => Assert.Matches("^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+({[a-z]+=\"[^\"]+\"(,[a-z]+=\"[^\"]+\")*})? [-0-9.E+]+)$", line));
    }

    [Fact]
    public void Each_hop_of_an_exit_has_the_time_since_the_step_before_it()
    {
        Follow(1, 7, (PathHop.VmExit, 0), (PathHop.EmulateIo, 1), (PathHop.InsertRequest, 2), (PathHop.IoeventfdHandler, 4), (PathHop.NotifyRequestFinish, 8), (PathHop.VmEntry, 16));

        Assert.Equal(
            [(PathHop.EmulateIo, 1), (PathHop.InsertRequest, 2), (PathHop.IoeventfdHandler, 4), (PathHop.NotifyRequestFinish, 8), (PathHop.VmEntry, 16)], HopMicroseconds());
    }

    [Fact]
    public void What_a_device_does_about_a_doorbell_is_followed_beside_the_request()
    {
        Follow(1, 7, (PathHop.VmExit, 0), (PathHop.IoeventfdHandler, 1));
        DeviceStep(PathHop.IothreadHandler, 10);
        Follow(1, 7, (PathHop.VmEntry, 5));
        DeviceStep(PathHop.NotifyTx, 1);
        Step(PathHop.VcpuInterrupt, 1, 0);

        Assert.Equal([(PathHop.IoeventfdHandler, 1), (PathHop.IothreadHandler, 10), (PathHop.NotifyTx, 6), (PathHop.VcpuInterrupt, 0), (PathHop.VmEntry, 15)], HopMicroseconds());
    }

    [Fact]
    public void Steps_of_other_requests_and_VMs_are_not_taken_for_the_exit_that_is_followed()
    {
        Follow(1, 7, (PathHop.VmExit, 0));
        Follow(2, 7, (PathHop.VmExit, 1), (PathHop.EmulateIo, 1), (PathHop.VmEntry, 1));
        Follow(1, 8, (PathHop.EmulateIo, 1), (PathHop.VmEntry, 1));
        DeviceStep(PathHop.NotifyTx, 1);

        Assert.Empty(HopMicroseconds());
        Follow(1, 7, (PathHop.VmEntry, 1));
        Assert.Equal([(PathHop.VmEntry, 7)], HopMicroseconds());
    }

    [Fact]
    public void At_most_an_exit_a_millisecond_is_followed_and_one_that_never_ends_is_given_up()
    {
        Follow(1, 7, (PathHop.VmExit, 0), (PathHop.VmEntry, 1));
        Follow(1, 8, (PathHop.VmExit, 1), (PathHop.VmEntry, 1));
        Assert.Single(HopMicroseconds());

        _clock.Forward(ExitFollower.Interval);
        Follow(1, 9, (PathHop.VmExit, 1), (PathHop.EmulateIo, 1));
        Assert.Equal(2, HopMicroseconds().Count);
        _clock.Forward(ExitFollower.Patience - TimeSpan.FromMilliseconds(1));
        Follow(1, 10, (PathHop.VmExit, 0), (PathHop.InsertRequest, 1));
        Assert.Equal(2, HopMicroseconds().Count);
        _clock.Forward(TimeSpan.FromMilliseconds(1));
        Follow(1, 11, (PathHop.VmExit, 0), (PathHop.InsertRequest, 1));
        Assert.Equal(3, HopMicroseconds().Count);
    }

    [Fact]
    public void On_a_service_node_an_exit_is_followed_from_its_upcall()
    {
        Follow(1, 7, (PathHop.AcrnIntrHandler, 0), (PathHop.IoreqDispatch, 3), (PathHop.NotifyRequestFinish, 2));

        Assert.Equal([(PathHop.IoreqDispatch, 3), (PathHop.NotifyRequestFinish, 2)], HopMicroseconds());
    }

    [Fact]
    public void The_page_for_Prometheus_has_a_histogram_of_each_hop_that_was_followed()
    {
        Follow(1, 7, (PathHop.VmExit, 0), (PathHop.EmulateIo, 3));
        using var node = new NodeMeter("here:1", [], _meter, new GuestRamDirectory(), AnyLease());
        var lines = PrometheusText.Write(node).Split('\n');

        Assert.Contains("actors_hop_seconds_bucket{hop=\"EmulateIo\",le=\"2.048E-06\"} 0", lines);
        Assert.Contains("actors_hop_seconds_bucket{hop=\"EmulateIo\",le=\"4.096E-06\"} 1", lines);
        Assert.Contains("actors_hop_seconds_sum{hop=\"EmulateIo\"} 3E-06", lines);
        Assert.Contains("actors_hop_seconds_count{hop=\"EmulateIo\"} 1", lines);
        Assert.DoesNotContain(lines, line => line.Contains("hop=\"VmEntry\",le", StringComparison.Ordinal));
    }

    /// <summary>Steps of a request, each so many microseconds after the one before.</summary>
    private void Follow(int vm, ulong sequence, params ReadOnlySpan<(PathHop Hop, int Microseconds)> steps)
    {
        foreach (var (hop, microseconds) in steps)
        {
            _clock.Forward(TimeSpan.FromMicroseconds(microseconds));
            _meter.Record(new PathStep(hop, new VmId(vm), 0, sequence, default));
        }
    }

    private void DeviceStep(PathHop hop, int microseconds)
    {
        _clock.Forward(TimeSpan.FromMicroseconds(microseconds));
        _meter.Record(new PathStep(hop, new VmId(1), -1, 0, default));
    }

    private List<(PathHop Hop, int Microseconds)> HopMicroseconds()
    {
        var total = _meter.Total();
        return [.. Enum.GetValues<PathHop>()
            .Where(hop => total.HopLatencies.AsSpan((int)hop * MeterBlock.HopOctaves, MeterBlock.HopOctaves).ContainsAnyExcept(0))
            .Select(hop => (hop, (int)(total.HopSums[(int)hop] / 1000)))];
    }

    private void Step(PathHop hop, int vm, int vcpu) => _meter.Record(new PathStep(hop, new VmId(vm), vcpu, 0, default));

    private int Requests(int vm)
    {
        _meter.Taken(new VmId(vm), 1);
        return Assert.Single(_meter.TakeChanged([Entry(vm)])).Requests;
    }

    private static VmEntry Entry(int vm) => new(new VmId(vm), default, VmEntryState.Owned, "here:1", TestCluster.Idle(vm), VmPlacement.Colocated, Akka.Actor.ActorRefs.Nobody, null);

    /// <summary>A clock that goes when it is told to.</summary>
    private sealed class HandClock : TimeProvider
    {
        private long _now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Forward(TimeSpan time) => _now += time.Ticks;
    }

    private static NodeLease AnyLease() => new(1, LeaseTimes.Of(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2)), TimeProvider.System);
}
