using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cluster.Tests;

public sealed class PathMeterTests
{
    private readonly PathMeter _meter = new();

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
        using var node = new NodeMeter("here:1", [], _meter, new GuestRamDirectory());
        var lines = PrometheusText.Write(node).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var hop in Enum.GetNames<PathHop>())
            Assert.Contains(lines, line => line.StartsWith($"actors_hop_total{{hop=\"{hop}\"}} ", StringComparison.Ordinal));
        Assert.Contains("actors_exit_seconds_bucket{le=\"+Inf\"} 1", lines);
        Assert.Contains("actors_exit_seconds_count 1", lines);
        Assert.All(lines, line => Assert.Matches("^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+({[a-z]+=\"[^\"]+\"})? [-0-9.E+]+)$", line));
    }

    private void Step(PathHop hop, int vm, int vcpu) => _meter.Record(new PathStep(hop, new VmId(vm), vcpu, 0, default));

    private int Requests(int vm)
    {
        _meter.Taken(new VmId(vm), 1);
        return Assert.Single(_meter.TakeChanged([Entry(vm)])).Requests;
    }

    private static VmEntry Entry(int vm) => new(new VmId(vm), default, VmEntryState.Owned, "here:1", TestCluster.Idle(vm), VmPlacement.Colocated, Akka.Actor.ActorRefs.Nobody, null);
}
