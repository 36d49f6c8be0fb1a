using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

/// <summary>Doorbells by the asyncio ring.</summary>
public sealed class DoorbellRingTests : VirtualMachineRig
{
    [Fact]
    public void A_doorbell_kicks_without_a_slot_and_without_stopping_the_vcpu()
    {
        Start();
        Assign(1, new AsyncioDescriptor(IoRequestType.PortIo, 0x2010, 2, true, 3, 77));
        Exit(0, IoAccess.Out(0x2010, 2, 3));
        Assert.Equal(["asyncio 1 Ok", "kick 1 77", "complete 0 1 0 Completed"], _host.Take());
        Assert.Equal(0, _vm.Slots.Pending);

        Exit(0, IoAccess.Out(0x2010, 2, 4));
        Assert.Equal(["upcall f3 0:2"], _host.Take());
        _vm.Finished(1, 0, 2, 0);
        _host.Take();
        Exit(0, IoAccess.In(0x2010, 2));
        Assert.Equal(["upcall f3 0:3"], _host.Take());
    }

    [Fact]
    public void A_repeated_registration_has_the_same_result_and_is_not_done_again()
    {
        var descriptor = new AsyncioDescriptor(IoRequestType.PortIo, 0x2010, 2, false, 0, 77);
        Assign(1, descriptor);
        Assign(1, descriptor);
        Assign(2, descriptor);
        _vm.SetAsyncio(1, 3, assign: false, descriptor);
        _vm.SetAsyncio(1, 3, assign: false, descriptor);
        Assign(1, descriptor);
        _vm.SetAsyncio(2, 4, assign: true, descriptor);

        Assert.Equal(["asyncio 1 Ok", "asyncio 1 Ok", "asyncio 2 Exists", "asyncio 3 Ok", "asyncio 3 Ok", "asyncio 1 Ok"], _host.Take());
    }

    /// <summary>F32: back-pressure, not a drop and not a slot: a kick that overtook those in the ring would be another order.</summary>
    [Fact]
    public void A_full_ring_parks_vcpus_and_drains_wake_them_in_the_order_in_which_they_came()
    {
        _vm = Make(3);
        Start();
        Assign(1, new AsyncioDescriptor(IoRequestType.Mmio, 0x8000_3000, 4, false, 0, 7));
        for (var i = 0; i < VmLimits.AsyncioRingCapacity; i++)
            Exit(0, IoAccess.Store(0x8000_3000, 4, 0));
        _host.Take();
        foreach (var vcpu in new[] { 2, 0, 1 })
            Exit(vcpu, IoAccess.Store(0x8000_3000, 4, 0));
        Assert.Empty(_host.Take());
        Assert.Equal(VcpuWait.AsyncioRoom, _vm.WaitOf(2));

        _vm.AsyncioDrained(1, 2);
        Assert.Equal(["kick 504 7", "complete 2 1 0 Completed", "kick 505 7", "complete 0 504 0 Completed"], _host.Take());
        _vm.AsyncioDrained(1, 505);
        Assert.Equal(["kick 506 7", "complete 1 1 0 Completed"], _host.Take());
        Assert.Equal(3, _vm.Counters.Parked);
    }

    [Fact]
    public void Kicks_that_are_not_drained_are_sent_again_from_the_oldest()
    {
        Start();
        Assign(1, new AsyncioDescriptor(IoRequestType.Mmio, 0x8000_3000, 4, false, 0, 7));
        for (var i = 0; i < 100; i++)
            Exit(0, IoAccess.Store(0x8000_3000, 4, 0));
        _vm.AsyncioDrained(1, 10);
        _vm.Tick();
        _host.Take();
        _vm.Tick();

        var again = _host.Take();
        Assert.Equal(VirtualMachine.MaxKicksRepeated, again.Length);
        Assert.Equal("kick 11 7", again[0]);
        _vm.AsyncioDrained(1, 100);
        _vm.Tick();
        Assert.Empty(_host.Take());
        Assert.False(_vm.Tick());
    }

    [Fact]
    public void Doorbells_do_not_survive_a_reset()
    {
        Start();
        Assign(1, new AsyncioDescriptor(IoRequestType.Mmio, 0x8000_3000, 4, false, 0, 7));
        Exit(0, IoAccess.Store(0x8000_3000, 4, 0));
        PauseAll();
        Command(VmCommandKind.Reset);
        Command(VmCommandKind.Start);
        _host.Take();
        _sequences[0] = 0;
        _vm.Exit(2, new IoRequest(0, 1, IoAccess.Store(0x8000_3000, 4, 0)));

        Assert.Equal(["upcall f3 0:1"], _host.Take());
        Assert.Equal(0, _vm.Ring.Count);
    }
}
