using Actors.Protocol;

namespace Actors.Cluster.Tests;

public sealed class PathCausesTests
{
    private static readonly VmId Vm = new(1);
    private readonly PathCauses _causes = new();
    private int _number;

    [Fact]
    public void A_device_s_turn_goes_back_to_the_exit_that_rang_its_doorbell()
    {
        Step(PathHop.VmExit, 0, 5);
        var handled = Step(PathHop.IoeventfdHandler, 0, 5, Cookie(3, 1));
        Step(PathHop.VmEntry, 0, 5);
        Step(PathHop.VmExit, 0, 6);

        Assert.Equal(new PathOrigin(2, 0, 5), Of(3, PathHop.IothreadHandler, 1));
        Assert.Equal(new PathOrigin(5, 0, 5), Of(3, PathHop.NotifyTx, 1));
        Assert.Equal(new PathOrigin(1, 0, 5), handled);
    }

    [Fact]
    public void Devices_and_queues_are_told_apart()
    {
        Step(PathHop.IoeventfdHandler, 0, 5, Cookie(3, 1));
        Step(PathHop.IoeventfdHandler, 1, 8, Cookie(4, 1));
        Step(PathHop.IoeventfdHandler, 0, 6, Cookie(3, 5));

        Assert.Equal(5UL, Of(3, PathHop.IothreadHandler, 1).Exit);
        Assert.Equal((1, 8UL), (Of(4, PathHop.IothreadHandler, 1).Vcpu, Of(4, PathHop.IothreadHandler, 1).Exit));
        Assert.Equal(6UL, Of(3, PathHop.IothreadHandler, 5).Exit);
        Assert.Equal(default, Of(5, PathHop.IothreadHandler, 1));
    }

    [Fact]
    public void Input_comes_from_no_exit_and_neither_does_its_interrupt()
    {
        Step(PathHop.VmExit, 0, 5);
        var read = _causes.Take(new PathStep(PathHop.BackendRead, Vm, -1, 0, default, 3, "console", new Bdf(0, 3, 0)), ++_number);

        Assert.Equal(default, read);
        Assert.Equal(new PathOrigin(2, 0, 0), Of(3, PathHop.DeviceInterrupt, 48));
    }

    [Fact]
    public void What_a_hostile_trace_makes_up_is_not_kept()
    {
        for (var i = 0; i < 5000; i++)
        {
            Of((byte)(i & 31), PathHop.IothreadHandler, i);
            Step(PathHop.IoeventfdHandler, 0, 1, i);
        }

        Assert.Equal(0UL, Of(3, PathHop.IothreadHandler, 4999).Exit);
        Assert.Equal(default, _causes.Take(new PathStep(PathHop.VmExit, Vm, int.MaxValue, 7, default), 1) with { Vcpu = 0, Exit = 0 });
    }

    private static long Cookie(byte slot, int queue) => (((long)new Bdf(0, slot, 0).RequesterId << 16) | (long)queue) + 1;

    private PathOrigin Step(PathHop hop, int vcpu, ulong sequence, long detail = 0) => _causes.Take(new PathStep(hop, Vm, vcpu, sequence, default, detail), ++_number);

    private PathOrigin Of(byte slot, PathHop hop, long detail) => _causes.Take(new PathStep(hop, Vm, -1, 0, default, detail, null, new Bdf(0, slot, 0)), ++_number);
}
