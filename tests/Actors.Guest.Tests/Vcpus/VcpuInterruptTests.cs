using Actors.Protocol;
using Akka.Actor;

namespace Actors.Guest.Tests;

/// <summary>Interrupts that a vCPU takes, accepts and confirms.</summary>
public sealed class VcpuInterruptTests : VcpuActorRig
{
    [Fact]
    public void An_interrupt_wakes_an_idle_vCPU()
    {
        var vcpu = Start(async cpu =>
        {
            while (true)
                await cpu.Out(0x80, 1, await cpu.WaitForInterrupt());
        });
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));

        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 1, 0x31));
        ExpectExit(1, IoAccess.Out(0x80, 1, 0x31));
        vcpu.Tell(Done(1));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 2, 0x32));

        ExpectExit(2, IoAccess.Out(0x80, 1, 0x32));
    }

    [Fact]
    public void Interrupts_during_an_exit_are_pending_until_it_is_answered()
    {
        var vcpu = StartSynchronous(async cpu =>
        {
            await cpu.In(1, 1);
            await cpu.Out(2, 1, await cpu.WaitForInterrupt());
            await cpu.Out(3, 1, await cpu.WaitForInterrupt());
        });
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, IoAccess.In(1, 1));

        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 1, 0x31));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 2, 0x41));
        Assert.False(_vmActor.HasMessages);
        vcpu.Tell(Done(1));

        ExpectExit(2, IoAccess.Out(2, 1, 0x41));
        vcpu.Tell(Done(2));
        ExpectExit(3, IoAccess.Out(3, 1, 0x31));
    }

    [Fact]
    public void What_the_guest_takes_is_accepted_before_the_exit_that_follows()
    {
        var vcpu = StartSynchronous(async cpu =>
        {
            await cpu.In(1, 1);
            var first = await cpu.WaitForInterrupt();
            cpu.TryTakeInterrupt(out var second);
            await cpu.Out(2, 4, (uint)(first << 8 | second));
            await cpu.WaitForInterrupt();
        });
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, IoAccess.In(1, 1));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 7, 0x31));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 9, 0x41));
        Assert.False(_vmActor.HasMessages);
        vcpu.Tell(Done(1));

        _vmActor.ExpectMsg(new GuestHop.InterruptAccepted(Epoch, Vcpu, 9, 0x41));
        _vmActor.ExpectMsg(new GuestHop.InterruptAccepted(Epoch, Vcpu, 7, 0x31));
        _vmActor.ExpectMsg(new GuestHop.IoExit(Epoch, new IoRequest(Vcpu, 2, IoAccess.Out(2, 4, 0x4131)), 2));
        Assert.All(_links.Sites, site => Assert.Equal(LinkSite.VcpuExit, site));
    }

    [Fact]
    public void What_is_pending_is_not_accepted_because_the_last_of_its_class_was()
    {
        var vcpu = StartSynchronous(async cpu =>
        {
            await cpu.WaitForInterrupt();
            await cpu.Out(1, 1, 0);
        });
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 1, 0x31));
        var exit = ExpectExit(1, IoAccess.Out(1, 1, 0));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 2, 0x32));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 2, 0x32));
        _vmActor.ExpectMsg(new GuestHop.InterruptHeld(Epoch, Vcpu, 2));
        Time.Advance(RetryPace.Shortest);
        Time.Advance(RetryPace.Shortest);

        Assert.Same(exit, _vmActor.ExpectMsg<GuestHop.IoExit>());
    }

    [Fact]
    public void An_offer_that_comes_again_is_taken_once_and_accepted_again()
    {
        var taken = 0;
        var vcpu = StartSynchronous(async cpu =>
        {
            await cpu.In(1, 1);
            for (; ; taken++)
                await cpu.WaitForInterrupt();
        });
        var accepted = new GuestHop.InterruptAccepted(Epoch, Vcpu, 3, 0x31, Confirm: true);
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, IoAccess.In(1, 1));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 3, 0x31));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 3, 0x31));
        _vmActor.ExpectMsg(new GuestHop.InterruptHeld(Epoch, Vcpu, 3));
        vcpu.Tell(Done(1));
        _vmActor.ExpectMsg(accepted);
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 3, 0x31));
        _vmActor.ExpectMsg(accepted);
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 2, 0x31));

        Assert.False(_vmActor.HasMessages);
        Assert.Equal(1, taken);
        Assert.Equal(1, vcpu.UnderlyingActor.Core.StaleMessages);
    }

    [Fact]
    public void An_unanswered_exit_is_repeated_behind_the_acceptances_since_the_last_answer()
    {
        var vcpu = StartSynchronous(async cpu =>
        {
            await cpu.WaitForInterrupt();
            await cpu.Out(1, 1, 0);
            await cpu.WaitForInterrupt();
            await cpu.Out(2, 1, 0);
        });
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 1, 0x31));
        ExpectExit(1, IoAccess.Out(1, 1, 0));
        vcpu.Tell(Done(1));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 2, 0x41));
        var exit = ExpectExit(2, IoAccess.Out(2, 1, 0));
        Time.Advance(RetryPace.Shortest);
        Time.Advance(RetryPace.Shortest);

        _vmActor.ExpectMsg(new GuestHop.InterruptAccepted(Epoch, Vcpu, 2, 0x41));
        Assert.Same(exit, _vmActor.ExpectMsg<GuestHop.IoExit>());
    }

    [Theory]
    [InlineData(Epoch - 1)]
    [InlineData(Epoch + 1)]
    public void An_interrupt_of_another_epoch_is_dropped_and_counted(uint epoch)
    {
        var vcpu = StartSynchronous(async cpu => await cpu.Out(1, 1, await cpu.WaitForInterrupt()));
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));

        vcpu.Tell(new GuestHop.InterruptDelivery(epoch, 1, 0x30));

        Assert.False(_vmActor.HasMessages);
        Assert.Equal(1, vcpu.UnderlyingActor.Core.StaleMessages);
        Assert.True(vcpu.UnderlyingActor.Core.IsRunning);
    }

    [Fact]
    public void An_acceptance_of_what_was_held_is_repeated_until_it_is_confirmed()
    {
        var vcpu = Start(async cpu =>
        {
            await cpu.In(1, 1);
            while (true)
                await cpu.WaitForInterrupt();
        });
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, IoAccess.In(1, 1));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 1, 0x31));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 1, 0x31));
        _vmActor.ExpectMsg(new GuestHop.InterruptHeld(Epoch, Vcpu, 1));
        vcpu.Tell(Done(1));
        var accepted = new GuestHop.InterruptAccepted(Epoch, Vcpu, 1, 0x31, Confirm: true);
        _vmActor.ExpectMsg(accepted);
        Time.Advance(RetryPace.Shortest);
        _vmActor.ExpectMsg(accepted);

        vcpu.Tell(new GuestHop.AcceptancesSeen(Epoch, 0));
        vcpu.Tell(new GuestHop.AcceptancesSeen(Epoch - 1, 1));
        Time.Advance(RetryPace.Shortest);
        _vmActor.ExpectMsg(accepted);

        vcpu.Tell(new GuestHop.AcceptancesSeen(Epoch, 1));
        Time.Advance(RetryPace.Shortest);
        Time.Advance(RetryPace.Shortest);
        Time.Advance(RetryPace.Shortest);
        ExpectNothingSentBy(vcpu);
    }
}
