using Actors.Protocol;
using Akka.Actor;

namespace Actors.Guest.Tests;

/// <summary>Turns, pause and reset of a vCPU.</summary>
public sealed class VcpuTurnTests : VcpuActorRig
{
    [Fact]
    public void A_vCPU_that_spins_lets_others_run_and_goes_on()
    {
        var vcpu = Start(async cpu =>
        {
            uint word;
            while (cpu.Memory.TryReadUInt32(0x100, out word) && word == 0)
                await cpu.Pause();
            await cpu.Out(1, 4, word);
        });
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));

        _memory.Find(Vm)!.TryWriteUInt32(0x100, 77);

        ExpectExit(1, IoAccess.Out(1, 4, 77));
    }

    [Fact]
    public void A_vCPU_that_spins_takes_interrupts_and_can_be_paused()
    {
        var vcpu = Start(async cpu =>
        {
            byte vector;
            while (!cpu.TryTakeInterrupt(out vector))
                await cpu.Pause();
            await cpu.Out(1, 1, vector);
            while (true)
                await cpu.Pause();
        });
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));

        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 1, 0x44));
        ExpectExit(1, IoAccess.Out(1, 1, 0x44));
        vcpu.Tell(Done(1));
        vcpu.Tell(new GuestHop.PauseVcpu(Epoch));

        _vmActor.ExpectMsg(new GuestHop.VcpuPaused(Epoch, Vcpu));
    }

    [Fact]
    public void A_spinning_vCPU_has_one_turn_in_a_round_also_after_resets()
    {
        const int Epochs = 50;
        using var allEpochsQueued = new ManualResetEventSlim();
        IActorRef vcpu = ActorRefs.Nobody;
        var runs = 0;
        vcpu = Start(async cpu =>
        {
            runs++;
            if (runs == 1)
                allEpochsQueued.Wait();
            while (runs < Epochs)
                await cpu.Pause();

            // Continue messages that earlier epochs left in the mailbox would be turns before the interrupt's.
            await cpu.Pause();
            vcpu.Tell(new GuestHop.InterruptDelivery(Epochs, 1, 0x30));
            var turns = 0u;
            for (; !cpu.TryTakeInterrupt(out _); turns++)
                await cpu.Pause();
            await cpu.Out(1, 4, turns);
        });

        for (uint epoch = 1; epoch <= Epochs; epoch++)
            vcpu.Tell(new GuestHop.RunVcpu(epoch, 0));
        allEpochsQueued.Set();

        Assert.Equal(IoAccess.Out(1, 4, 1), ExpectExit().Request.Access);
    }

    [Fact]
    public void A_paused_vCPU_is_deaf_until_a_newer_epoch()
    {
        var catalog = new ScriptedCatalog(async cpu => await cpu.Out(1, 1, 0));
        var vcpu = StartSynchronous(catalog);
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, IoAccess.Out(1, 1, 0));

        vcpu.Tell(new GuestHop.PauseVcpu(Epoch));
        _vmActor.ExpectMsg(new GuestHop.VcpuPaused(Epoch, Vcpu));
        vcpu.Tell(Done(1));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 1, 0x30));
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.False(_vmActor.HasMessages);
        Assert.Equal(3, vcpu.UnderlyingActor.Core.StaleMessages);
        Assert.False(vcpu.UnderlyingActor.IsLooking);
        vcpu.Tell(new GuestHop.RunVcpu(Epoch + 1, 0));
        Assert.Equal(new GuestHop.IoExit(Epoch + 1, new IoRequest(Vcpu, 1, IoAccess.Out(1, 1, 0))), _vmActor.ExpectMsg<GuestHop.IoExit>());
        Assert.Equal(2, catalog.Created);
    }

    [Fact]
    public void A_pause_is_answered_each_time_it_comes_and_an_old_one_never()
    {
        var vcpu = StartSynchronous(async cpu => await cpu.Out(1, 1, 0));
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, IoAccess.Out(1, 1, 0));

        vcpu.Tell(new GuestHop.PauseVcpu(Epoch - 1));
        Assert.False(_vmActor.HasMessages);
        Assert.True(vcpu.UnderlyingActor.Core.IsRunning);
        vcpu.Tell(new GuestHop.PauseVcpu(Epoch));
        vcpu.Tell(new GuestHop.PauseVcpu(Epoch));

        _vmActor.ExpectMsg(new GuestHop.VcpuPaused(Epoch, Vcpu));
        _vmActor.ExpectMsg(new GuestHop.VcpuPaused(Epoch, Vcpu));
        Assert.Equal(1, vcpu.UnderlyingActor.Core.StaleMessages);
    }

    [Fact]
    public void A_vCPU_that_never_ran_is_paused_in_an_epoch_that_it_did_not_know()
    {
        var catalog = new ScriptedCatalog(_ => GuestTask.CompletedTask);
        var vcpu = StartSynchronous(catalog);

        vcpu.Tell(new GuestHop.PauseVcpu(Epoch));
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));

        _vmActor.ExpectMsg(new GuestHop.VcpuPaused(Epoch, Vcpu));
        Assert.False(_vmActor.HasMessages);
        Assert.Equal(0, catalog.Created);
    }

    [Fact]
    public void A_reset_starts_a_new_program_and_forgets_exits_interrupts_and_sequence()
    {
        var vcpu = StartSynchronous(async cpu =>
        {
            Assert.False(cpu.TryTakeInterrupt(out _));
            await cpu.In(1, 1);
            await cpu.Out(2, 1, 0);
        });
        vcpu.Tell(new GuestHop.RunVcpu(1, 0));
        _vmActor.ExpectMsg<GuestHop.IoExit>();
        vcpu.Tell(new GuestHop.IoCompletion(1, 1, 0, IoOutcome.Completed));
        _vmActor.ExpectMsg<GuestHop.IoExit>();
        vcpu.Tell(new GuestHop.InterruptDelivery(1, 1, 0x30));

        vcpu.Tell(new GuestHop.RunVcpu(2, 0));

        Assert.Equal(new GuestHop.IoExit(2, new IoRequest(Vcpu, 1, IoAccess.In(1, 1))), _vmActor.ExpectMsg<GuestHop.IoExit>());
        vcpu.Tell(new GuestHop.IoCompletion(1, 1, 0, IoOutcome.Completed));
        vcpu.Tell(new GuestHop.IoCompletion(1, 2, 0, IoOutcome.Completed));
        Assert.Equal(2, vcpu.UnderlyingActor.Core.StaleMessages);
        Assert.False(_vmActor.HasMessages);
    }

    [Fact]
    public void After_a_reset_the_new_exit_is_repeated_and_not_the_old_one()
    {
        var vcpu = StartSynchronous(async cpu => await cpu.In(1, 1));
        vcpu.Tell(new GuestHop.RunVcpu(1, 0));
        _vmActor.ExpectMsg<GuestHop.IoExit>();

        Time.Advance(TimeSpan.FromMilliseconds(200));
        vcpu.Tell(new GuestHop.RunVcpu(2, 0));
        var exit = _vmActor.ExpectMsg<GuestHop.IoExit>();
        Time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.False(_vmActor.HasMessages);
        Time.Advance(RetryPace.Shortest);

        Assert.Same(exit, _vmActor.ExpectMsg<GuestHop.IoExit>());
        Assert.Equal(2u, exit.Epoch);
    }
}
