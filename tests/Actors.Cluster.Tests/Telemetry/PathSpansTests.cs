using System.Diagnostics;
using Actors.Protocol;

namespace Actors.Cluster.Tests;

/// <summary>Spans as a listener of the process gets them. Other tests' machines have sources of the same name: VMs tell them apart.</summary>
public sealed class PathSpansTests
{
    private static readonly IoAccess Kick = IoAccess.Store(0x8000_7004, 2, 1);

    [Fact]
    public void An_exit_s_life_is_one_tree_with_the_device_s_turn_and_its_interrupt()
    {
        var spans = Spans(901, Kicked(901));

        var root = Assert.Single(spans, span => span.OperationName == "exit");
        Assert.Equal(default, root.ParentSpanId);
        Assert.All(spans.Where(span => span != root), span => Assert.Equal((root.TraceId, root.SpanId), (span.TraceId, span.ParentSpanId)));
        Assert.Equal(
            ["dm.doorbell", "dm.end-chains", "dm.notify-tx", "exit", "hsm.dispatch", "hsm.doorbell", "hypervisor.emulate-io", "irq.inject", "irq.inject", "irq.raise", "port.write", "vcpu.exit", "vcpu.interrupt", "vcpu.resume"],
            spans.Select(span => span.OperationName).Order(StringComparer.Ordinal));
        Assert.Equal((0, 5L, "0x80007004"), (root.GetTagItem("actors.vcpu"), root.GetTagItem("actors.exit"), root.GetTagItem("actors.address")));
        var write = Assert.Single(spans, span => span.OperationName == "port.write");
        Assert.Equal(("0.3.0", 0, "console", 14L), (write.GetTagItem("actors.device"), write.GetTagItem("actors.port"), write.GetTagItem("actors.name"), write.GetTagItem("actors.detail")));
        Assert.Equal("ioreq_dispatch", spans.Single(span => span.OperationName == "hsm.dispatch").GetTagItem("code.function.name"));
    }

    [Fact]
    public void A_span_lasts_until_what_it_led_to()
    {
        var spans = Spans(902, Kicked(902));

        var dispatch = spans.Single(span => span.OperationName == "hsm.dispatch");
        var doorbell = spans.Single(span => span.OperationName == "hsm.doorbell");

        // A span's length is a tick at least, also where both came in the same.
        Assert.InRange((dispatch.StartTimeUtc + dispatch.Duration - doorbell.StartTimeUtc).Ticks, 0, 1);
        var root = spans.Single(span => span.OperationName == "exit");
        Assert.True(root.StartTimeUtc + root.Duration <= spans.Single(span => span.OperationName == "dm.doorbell").StartTimeUtc, "the exit is over before the device's turn");
    }

    [Fact]
    public void Each_exit_has_a_trace_of_its_own()
    {
        var first = Kicked(903);
        var spans = Spans(903, [.. first, .. first.Select(step => step.Sequence == 5 ? step with { Sequence = 6 } : step)]);

        Assert.Equal(2, spans.Where(span => span.OperationName == "exit").Select(span => span.TraceId).Distinct().Count());
        Assert.All(spans.GroupBy(span => span.TraceId), trace => Assert.Equal(14, trace.Count()));
    }

    [Fact]
    public void Input_begins_a_trace_of_its_own()
    {
        var device = new Bdf(0, 3, 0);
        var vm = new VmId(904);

        var spans = Spans(904,
        [
            new PathStep(PathHop.BackendRead, vm, -1, 0, default, 3, "console", device),
            new PathStep(PathHop.DeviceInterrupt, vm, -1, 0, default, 49, "MSI-X", device),
            new PathStep(PathHop.VcpuInterrupt, vm, 0, 0, default, 49),
        ]);

        var read = Assert.Single(spans, span => span.ParentSpanId == default);
        Assert.Equal("port.read", read.OperationName);
        Assert.Equal(3, spans.Count(span => span.TraceId == read.TraceId));
    }

    [Fact]
    public void A_step_costs_nothing_while_nobody_listens()
    {
        using var spans = new PathSpans(TimeProvider.System);
        var step = Kicked(905)[0];
        spans.Record(step);
        if (spans.IsWatched)
            return; // Another test of the process listens just now.
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 10_000; i++)
            spans.Record(step);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static List<Activity> Spans(int vm, IEnumerable<PathStep> steps)
    {
        var ended = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == PathSpans.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (ended)
                    ended.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        using (var spans = new PathSpans(TimeProvider.System))
        {
            foreach (var step in steps)
                spans.Record(step);
        }

        lock (ended)
            return [.. ended.Where(span => Equals(span.GetTagItem("actors.vm"), vm))];
    }

    private static PathStep[] Kicked(int number)
    {
        var vm = new VmId(number);
        var device = new Bdf(0, 3, 0);
        return
        [
            new PathStep(PathHop.VmExit, vm, 0, 5, Kick),
            new PathStep(PathHop.EmulateIo, vm, 0, 5, Kick),
            new PathStep(PathHop.IoreqDispatch, vm, 0, 5, Kick),
            new PathStep(PathHop.IoeventfdHandler, vm, 0, 5, Kick, (((long)device.RequesterId << 16) | 1) + 1),
            new PathStep(PathHop.VmEntry, vm, 0, 5, Kick),
            new PathStep(PathHop.IothreadHandler, vm, -1, 0, default, 1, null, device),
            new PathStep(PathHop.NotifyTx, vm, -1, 0, default, 1, null, device),
            new PathStep(PathHop.BackendWrite, vm, -1, 0, default, 14, "console", device),
            new PathStep(PathHop.EndChains, vm, -1, 0, default, 1, null, device),
            new PathStep(PathHop.DeviceInterrupt, vm, -1, 0, default, 48, "MSI-X", device),
            new PathStep(PathHop.InjectInterrupt, vm, -1, 9, default, 48),
            new PathStep(PathHop.InjectInterrupt, vm, -1, 0, default, 48, "msi") { At = PathRoom.Hypervisor },
            new PathStep(PathHop.VcpuInterrupt, vm, 0, 0, default, 48),
        ];
    }
}
