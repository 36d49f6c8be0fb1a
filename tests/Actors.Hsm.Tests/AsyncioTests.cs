using Actors.Protocol;

namespace Actors.Hsm.Tests;

public sealed class AsyncioTests
{
    private const IoeventfdFlags Asyncio = IoeventfdFlags.Asyncio;
    private const ulong Address = 0x4000;
    private const ulong Cookie = 5;

    [Fact]
    public void A_registration_is_answered_once_the_hypervisor_has()
    {
        var vm = new TestVm();
        long id = vm.Register(Asyncio | IoeventfdFlags.DataMatch | IoeventfdFlags.Pio, Cookie, 0x2010, 2, 3);
        Assert.Empty(vm.Effects.Registrations);
        var asked = vm.Effects.Asyncio.Single();
        Assert.Equal((1U, true, new AsyncioDescriptor(IoRequestType.PortIo, 0x2010, 2, true, 3, Cookie)), (asked.Epoch, asked.Assign, asked.Descriptor));

        vm.AsyncioAnswer(Errno.Ok);
        Assert.Equal(("device", 1U, id, Errno.Ok), vm.Effects.Registrations.Single());
        Assert.False(vm.Vm.OnRetryTick());
    }

    [Theory]
    [InlineData(Errno.Ok)]
    [InlineData(Errno.NoSpace)]
    [InlineData(Errno.Invalid)]
    public void A_refused_descriptor_falls_back_to_the_range_and_the_range_is_there_either_way(Errno answer)
    {
        var vm = new TestVm();
        vm.Register(Asyncio, Cookie, Address);
        vm.AsyncioAnswer(answer);
        Assert.Equal(Errno.Ok, vm.LastRegistration());
        vm.Upcall(0, 1, IoAccess.Store(Address, 1, 0));
        Assert.Equal(Cookie, vm.Effects.Signals.Single().Cookie);
        Assert.Equal(answer == Errno.Ok ? 0 : 1, vm.Counters.AsyncioRefused);
    }

    [Fact]
    public void An_unanswered_question_is_asked_again_and_a_repeated_registration_waits()
    {
        var vm = new TestVm();
        long id = vm.Register(Asyncio, Cookie, Address);
        vm.Register(Asyncio, Cookie, Address, id: id);
        Assert.Empty(vm.Effects.Registrations);
        Assert.Equal(1, vm.Effects.RetryStarts);
        Assert.True(vm.Vm.OnRetryTick());
        Assert.Single(vm.Effects.Asyncio);
        Assert.True(vm.Vm.OnRetryTick());
        Assert.Equal(vm.Effects.Asyncio[0], vm.Effects.Asyncio[1]);

        vm.AsyncioAnswer(Errno.Ok);
        vm.AsyncioAnswer(Errno.Ok);
        Assert.Single(vm.Effects.Registrations);
        Assert.Equal(1, vm.Counters.StaleAnswers);
        vm.Register(Asyncio, Cookie, Address, id: id);
        Assert.Equal(2, vm.Effects.Registrations.Count);
        Assert.False(vm.Vm.OnRetryTick());
    }

    [Fact]
    public void Questions_go_one_after_the_other()
    {
        var vm = new TestVm();
        vm.Register(Asyncio, 1, 0x10);
        vm.Register(Asyncio, 2, 0x20);
        vm.Register(IoeventfdFlags.Deassign, 1);
        Assert.Single(vm.Effects.Asyncio);
        vm.AsyncioAnswer(Errno.Ok);
        Assert.Equal(2UL, vm.Effects.Asyncio[^1].Descriptor.Cookie);
        vm.AsyncioAnswer(Errno.Ok);
        Assert.Equal((false, 1UL), (vm.Effects.Asyncio[^1].Assign, vm.Effects.Asyncio[^1].Descriptor.Cookie));
        vm.AsyncioAnswer(Errno.Ok);
        Assert.Equal(3, vm.Effects.Registrations.Count);
        Assert.Equal(3, vm.Effects.Asyncio.Count);
    }

    [Fact]
    public void A_deassign_is_answered_once_the_hypervisor_has_it_and_a_refused_entry_needs_no_asking()
    {
        var vm = new TestVm();
        vm.Register(Asyncio, 1, 0x10);
        vm.AsyncioAnswer(Errno.Ok);
        vm.Register(Asyncio, 2, 0x20);
        vm.AsyncioAnswer(Errno.NoSpace);
        vm.Register(IoeventfdFlags.Deassign, 2);
        Assert.Equal(3, vm.Effects.Registrations.Count);

        long id = vm.Register(IoeventfdFlags.Deassign, 1);
        vm.Register(IoeventfdFlags.Deassign, 1, id: id);
        Assert.Equal(3, vm.Effects.Registrations.Count);
        vm.AsyncioAnswer(Errno.Ok);
        Assert.Equal(("device", 1U, id, Errno.Ok), vm.Effects.Registrations[^1]);
        Assert.Equal(4, vm.Effects.Registrations.Count);
    }

    [Fact]
    public void More_descriptors_than_the_hypervisor_can_hold_fall_back_at_once()
    {
        var vm = new TestVm();
        for (ulong i = 1; i <= VmLimits.MaxAsyncioDescriptors; i++)
        {
            vm.Register(Asyncio, i, i * 8);
            vm.AsyncioAnswer(Errno.Ok);
        }

        vm.Register(Asyncio, 100, 0x9000);
        Assert.Equal(Errno.Ok, vm.LastRegistration());
        Assert.Equal(VmLimits.MaxAsyncioDescriptors, vm.Effects.Asyncio.Count);

        // A descriptor whose removal is unanswered still stands in the hypervisor's table.
        vm.Register(IoeventfdFlags.Deassign, 1);
        vm.Register(Asyncio, 101, 0x9008);
        Assert.Equal(2, vm.Counters.AsyncioRefused);
        vm.AsyncioAnswer(Errno.Ok);
        vm.Register(Asyncio, 102, 0x9010);
        Assert.Equal(102UL, vm.Effects.Asyncio[^1].Descriptor.Cookie);
    }

    [Fact]
    public void Kicks_ring_in_order_a_gap_is_left_alone_and_a_repeat_is_answered()
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.None, Cookie, Address);
        Kick(vm, 1);
        Kick(vm, 3);
        Assert.Single(vm.Effects.Signals);
        Assert.Empty(vm.Effects.Drained);
        Kick(vm, 1);
        Assert.Equal((1U, 1UL), vm.Effects.Drained.Single());
        Kick(vm, 2);
        Kick(vm, 3);
        Kick(vm, 0);
        Assert.Equal((1U, 3UL), vm.Effects.Drained[^1]);
        Assert.Equal([1UL, 2UL, 3UL], vm.Effects.Signals.Select(each => each.Count));
        Assert.Equal(1, vm.Counters.AsyncioGaps);
    }

    [Fact]
    public void The_hypervisor_hears_at_least_every_sixty_four_kicks()
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.None, Cookie, Address);
        for (ulong i = 1; i <= 200; i++)
            Kick(vm, i);
        Assert.Equal([64UL, 128UL, 192UL], vm.Effects.Drained.Select(each => each.Position));
    }

    [Fact]
    public void A_kick_of_an_unknown_cookie_is_drained_and_counted()
    {
        var vm = new TestVm();
        Kick(vm, 1);
        Kick(vm, 1);
        Assert.Equal(1, vm.Counters.UnknownDoorbell);
        Assert.Equal((1U, 1UL), vm.Effects.Drained.Single());
    }

    [Fact]
    public void A_reset_begins_the_ring_anew_and_asserts_what_the_hypervisor_may_have_forgotten()
    {
        var vm = new TestVm();
        vm.Register(Asyncio, 1, 0x10);
        vm.AsyncioAnswer(Errno.Ok);
        vm.Register(Asyncio, 2, 0x20);
        vm.AsyncioAnswer(Errno.NoSpace);
        long waiting = vm.Register(Asyncio, 3, 0x30);
        long before = vm.Effects.Asyncio[^1].Id;
        Kick(vm, 1, 1);
        vm.Carry(VmCommandKind.Reset);

        Assert.Equal((2U, true, 3UL), (vm.Effects.Asyncio[^1].Epoch, vm.Effects.Asyncio[^1].Assign, vm.Effects.Asyncio[^1].Descriptor.Cookie));
        Assert.NotEqual(before, vm.Effects.Asyncio[^1].Id);
        vm.AsyncioAnswer(Errno.Ok);
        Assert.Equal(("device", 2U, waiting, Errno.Ok), vm.Effects.Registrations[^1]);
        int answers = vm.Effects.Registrations.Count;

        Assert.Equal((2U, true, 1UL), (vm.Effects.Asyncio[^1].Epoch, vm.Effects.Asyncio[^1].Assign, vm.Effects.Asyncio[^1].Descriptor.Cookie));
        vm.AsyncioAnswer(Errno.Exists);
        Assert.Equal(answers, vm.Effects.Registrations.Count);

        Kick(vm, 1, 1);
        Assert.Equal((2U, 1UL), (vm.Effects.Signals[^1].Epoch, vm.Effects.Signals[^1].Cookie));
        vm.Register(IoeventfdFlags.Deassign, 1);
        Assert.False(vm.Effects.Asyncio[^1].Assign);
    }

    private static void Kick(TestVm vm, ulong position, ulong cookie = Cookie) =>
        vm.Vm.OnAsyncioKick(new UpcallHop.AsyncioKick(TestVm.Id, vm.Vm.Epoch, position, cookie));
}
