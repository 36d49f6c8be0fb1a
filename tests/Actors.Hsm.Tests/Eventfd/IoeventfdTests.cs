using Actors.Protocol;

namespace Actors.Hsm.Tests;

/// <summary>Doorbells from registration to signal, through the whole core.</summary>
public sealed class IoeventfdTests
{
    private const ulong Address = 0x4000;
    private const ulong Cookie = 5;

    [Fact]
    public void A_write_at_a_doorbell_is_finished_at_once_and_its_listener_hears_it()
    {
        var trace = new RecordedTrace();
        var vm = new TestVm(trace: trace);
        vm.Register(IoeventfdFlags.None, Cookie, Address);
        Assert.Equal((PathHop.IoRangeAdd, (long)Cookie, "ioeventfd-7"), trace.Steps.Select(step => (step.Hop, step.Detail, step.Name)).Last());
        trace.Steps.Clear();

        vm.Upcall(1, 1, IoAccess.Store(Address, 2, 3));
        Assert.Equal((1U, Cookie, 1UL), vm.Effects.Signals.Single());
        Assert.Equal((1U, 1, 1UL, 0UL), vm.Effects.Finished.Single());
        Assert.Empty(vm.Effects.Dispatched);
        Assert.Equal(
            [PathHop.AcrnIntrHandler, PathHop.IoreqIntrHandler, PathHop.IoreqDispatch, PathHop.WakeClient, PathHop.IoreqTask, PathHop.IoeventfdHandler, PathHop.NotifyRequestFinish],
            trace.Hops);
    }

    [Fact]
    public void A_repeated_upcall_rings_once()
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.None, Cookie, Address);
        vm.Upcall(0, 1, IoAccess.Store(Address, 2, 3));
        vm.Upcall(0, 1, IoAccess.Store(Address, 2, 3));
        Assert.Single(vm.Effects.Signals);
        Assert.Equal(2, vm.Effects.Finished.Count);
    }

    [Theory]
    [InlineData(Address, 2, true, "zero")]
    [InlineData(Address + 1, 1, true, "zero")]
    [InlineData(Address, 4, true, "default")]
    [InlineData(Address + 1, 1, false, "default")]
    [InlineData(Address, 4, false, "default")]
    [InlineData(Address, 1, false, "signal")]
    [InlineData(Address, 2, false, "signal")]
    public void An_access_near_a_doorbell_goes_where_it_should(ulong address, int size, bool read, string where)
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.None, Cookie, Address);
        vm.Upcall(0, 1, read ? IoAccess.Load(address, size) : IoAccess.Store(address, size, 1));
        Assert.Equal(where == "default", vm.Effects.Dispatched.Count == 1);
        Assert.Equal(where == "signal", vm.Effects.Signals.Count == 1);
        Assert.Equal(where == "default" ? [] : [0UL], vm.Effects.Finished.Select(each => each.Value));
    }

    [Fact]
    public void A_value_that_no_entry_matches_is_not_swallowed()
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.Pio | IoeventfdFlags.DataMatch, 1, 0x2010, 2, 0);
        vm.Register(IoeventfdFlags.Pio | IoeventfdFlags.DataMatch, 2, 0x2010, 2, 1);
        vm.Upcall(0, 1, IoAccess.Out(0x2010, 2, 1));
        vm.Upcall(0, 2, IoAccess.Out(0x2010, 2, 7));
        Assert.Equal(2UL, vm.Effects.Signals.Single().Cookie);
        Assert.Equal(7UL, vm.Effects.Dispatched.Single().Request.Access.Value);
        Assert.Equal(1, vm.Counters.IoeventfdMisses);
    }

    [Fact]
    public void A_guest_that_rings_without_end_has_a_bounded_number_of_signals_on_their_way()
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.None, Cookie, Address);
        for (ulong i = 1; i <= 10_000; i++)
            vm.Upcall(0, i, IoAccess.Store(Address, 2, 0));
        Assert.Equal(VmLimits.DoorbellCredit, vm.Effects.Signals.Count);
        Assert.Equal(10_000, vm.Effects.Finished.Count);

        vm.Acknowledge(Cookie, 32);
        Assert.Equal((1U, Cookie, 10_000UL), vm.Effects.Signals[^1]);
        Assert.Equal(VmLimits.DoorbellCredit + 1, vm.Effects.Signals.Count);
    }

    [Fact]
    public void The_retry_timer_runs_only_while_a_signal_is_unacknowledged()
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.None, Cookie, Address);
        Assert.Equal(0, vm.Effects.RetryStarts);

        vm.Upcall(0, 1, IoAccess.Store(Address, 2, 0));
        vm.Upcall(0, 2, IoAccess.Store(Address, 2, 0));
        Assert.Equal(1, vm.Effects.RetryStarts);
        Assert.True(vm.Vm.OnRetryTick());
        Assert.Equal(2, vm.Effects.Signals.Count);
        Assert.True(vm.Vm.OnRetryTick());
        Assert.Equal((1U, Cookie, 2UL), vm.Effects.Signals[^1]);
        Assert.Equal(3, vm.Effects.Signals.Count);

        vm.Acknowledge(Cookie, 2);
        Assert.False(vm.Vm.OnRetryTick());
        vm.Upcall(0, 3, IoAccess.Store(Address, 2, 0));
        Assert.Equal(2, vm.Effects.RetryStarts);
    }

    [Theory]
    [InlineData(Cookie, 2UL)]
    [InlineData(Cookie, ulong.MaxValue)]
    [InlineData(99UL, 1UL)]
    public void An_acknowledgement_out_of_nowhere_is_counted_and_does_nothing(ulong cookie, ulong count)
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.None, Cookie, Address);
        vm.Upcall(0, 1, IoAccess.Store(Address, 2, 0));
        vm.Acknowledge(cookie, count);
        Assert.Equal(1, vm.Counters.UnknownDoorbell);
        Assert.Single(vm.Effects.Signals);
    }

    [Fact]
    public void Deassigning_what_is_not_there_is_fine_and_only_the_cookie_counts()
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.Deassign, Cookie, ulong.MaxValue, 77);
        Assert.Equal(Errno.Ok, vm.LastRegistration());
        vm.Register(IoeventfdFlags.Deassign, 0);
        Assert.Equal(Errno.BadDescriptor, vm.LastRegistration());
        vm.Register(IoeventfdFlags.Deassign | (IoeventfdFlags)32, Cookie);
        Assert.Equal(Errno.Invalid, vm.LastRegistration());
        vm.Register(IoeventfdFlags.None, Cookie, Address);
        vm.Register(IoeventfdFlags.Deassign, Cookie, 0x9999, 3);
        Assert.Equal(Errno.Ok, vm.LastRegistration());
        vm.Upcall(0, 1, IoAccess.Store(Address, 2, 0));
        Assert.Empty(vm.Effects.Signals);
        Assert.Single(vm.Effects.Dispatched);
    }

    [Fact]
    public void A_repeated_deassign_does_not_take_the_next_entry()
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.None, Cookie, Address);
        vm.Register(IoeventfdFlags.None, Cookie, Address + 8);
        long id = vm.Register(IoeventfdFlags.Deassign, Cookie);
        vm.Register(IoeventfdFlags.Deassign, Cookie, id: id);
        Assert.Equal(1, vm.Vm.IoeventfdCount);
        vm.Register(IoeventfdFlags.Deassign, Cookie);
        Assert.Equal(0, vm.Vm.IoeventfdCount);
        Assert.All(vm.Effects.Registrations, each => Assert.Equal(Errno.Ok, each.Result));
    }

    [Fact]
    public void A_registration_of_another_epoch_is_dropped()
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.None, Cookie, Address, epoch: 9);
        Assert.Equal(0, vm.Vm.IoeventfdCount);
        Assert.Empty(vm.Effects.Registrations);
        Assert.Equal(1, vm.Counters.StaleEpoch);
    }

    [Fact]
    public void Registrations_outlive_a_reset_and_speak_with_the_new_epoch()
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.None, Cookie, Address);
        vm.Upcall(0, 1, IoAccess.Store(Address, 2, 0));
        vm.Carry(VmCommandKind.Reset);
        Assert.True(vm.Vm.OnRetryTick() is false, "an old epoch's signal is forgotten");

        vm.Upcall(0, 1, IoAccess.Store(Address, 2, 0));
        Assert.Equal((2U, Cookie, 2UL), vm.Effects.Signals[^1]);
    }

    [Fact]
    public void An_irqfd_injects_its_msi_with_its_own_source()
    {
        var trace = new RecordedTrace();
        var vm = new TestVm(trace: trace);
        vm.SetIrqfd(true, 9, 0xFEE0_3000, 0x55);
        Assert.Equal(Errno.Ok, vm.LastRegistration());
        trace.Steps.Clear();
        vm.Vm.OnSignalIrqfd(new DispatchHop.SignalIrqfd(TestVm.Id, 1, 9, 4));
        Assert.Equal((1U, InterruptHop.IrqfdSource | 9, 4UL, 0xFEE0_3000UL, 0x55U), vm.Effects.Msis.Single());
        Assert.Equal([PathHop.Irqfd, PathHop.InjectInterrupt], trace.Hops);
    }

    [Fact]
    public void An_irqfd_is_busy_when_assigned_twice_and_gone_when_deassigned()
    {
        var vm = new TestVm();
        vm.SetIrqfd(true, 9);
        vm.SetIrqfd(true, 9);
        Assert.Equal(Errno.Busy, vm.LastRegistration());
        long id = vm.SetIrqfd(false, 9);
        vm.SetIrqfd(true, 9);
        vm.SetIrqfd(false, 9, id: id);
        Assert.Equal(1, vm.Vm.IrqfdCount);
        vm.SetIrqfd(false, 9);
        Assert.Equal(Errno.Ok, vm.LastRegistration());
        vm.SetIrqfd(false, 0);
        Assert.Equal(Errno.BadDescriptor, vm.LastRegistration());

        vm.Vm.OnSignalIrqfd(new DispatchHop.SignalIrqfd(TestVm.Id, 1, 9, 1));
        vm.Vm.OnSignalIrqfd(new DispatchHop.SignalIrqfd(TestVm.Id, 2, 9, 1));
        Assert.Empty(vm.Effects.Msis);
        Assert.Equal((1L, 1L), (vm.Counters.UnknownIrqfd, vm.Counters.StaleEpoch));
    }
}
