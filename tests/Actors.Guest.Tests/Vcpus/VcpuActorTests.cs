using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;
using Akka.TestKit;

namespace Actors.Guest.Tests;

/// <summary>The test's probe is the vCPU's parent, the VM's actor. Time stands still unless a test moves it.</summary>
public sealed class VcpuActorTests : Akka.TestKit.Xunit2.TestKit
{
    private const int Vcpu = 2;
    private const uint Epoch = 5;

    private static readonly VmId Vm = new(7);

    private readonly TestProbe _vmActor;
    private readonly RecordingTrace _trace = new();
    private readonly RecordingLinks _links = new();
    private readonly GuestRamDirectory _memory = new();
    private readonly List<GuestHop.InterruptAccepted> _accepted = [];

    public VcpuActorTests()
        : base("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"") => _vmActor = CreateTestProbe();

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void It_starts_stopped()
    {
        var catalog = new ScriptedCatalog(async cpu => await cpu.Out(1, 1, 0));
        var vcpu = Start(catalog);

        vcpu.Tell(new GuestHop.PauseVcpu(Epoch));

        _vmActor.ExpectMsg(new GuestHop.VcpuPaused(Epoch, Vcpu));
        Assert.Equal(0, catalog.Created);
    }

    [Fact]
    public void Exits_are_numbered_from_one_and_go_on_with_their_completions()
    {
        ulong read = 0;
        var vcpu = Start(async cpu =>
        {
            read = await cpu.In(0x60, 1);
            await cpu.Out(0x80, 1, (uint)read);
            await cpu.Load(0xD000_0000, 4);
        });

        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, IoAccess.In(0x60, 1));
        vcpu.Tell(Done(1, 0x42));
        ExpectExit(2, IoAccess.Out(0x80, 1, 0x42));
        vcpu.Tell(Done(2));
        ExpectExit(3, IoAccess.Load(0xD000_0000, 4));
        vcpu.Tell(Done(3));
        _vmActor.ExpectMsg(new GuestHop.VcpuEnded(Epoch, Vcpu, null));
        Assert.Equal(0x42UL, read);
    }

    [Fact]
    public void Every_message_to_the_hypervisor_goes_through_the_exit_link()
    {
        var vcpu = Start(async cpu => await cpu.Out(1, 1, 0));

        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, IoAccess.Out(1, 1, 0));
        vcpu.Tell(Done(1));
        _vmActor.ExpectMsg<GuestHop.VcpuEnded>();
        vcpu.Tell(new GuestHop.PauseVcpu(Epoch));
        _vmActor.ExpectMsg<GuestHop.VcpuPaused>();

        Assert.Equal([LinkSite.VcpuExit, LinkSite.VcpuExit, LinkSite.VcpuExit], _links.Sites);
        Assert.Equal(vcpu, _vmActor.LastSender);
    }

    [Fact]
    public void A_startup_vector_reaches_the_program()
    {
        var vcpu = Start(async cpu => await cpu.Out((ushort)cpu.Index, 4, (uint)((cpu.VcpuCount << 8) | cpu.StartupVector)));

        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0x9A));

        ExpectExit(1, IoAccess.Out(Vcpu, 4, 0x49A));
    }

    [Theory]
    [InlineData(Epoch, 2)]
    [InlineData(Epoch, 0)]
    [InlineData(Epoch - 1, 1)]
    [InlineData(Epoch + 1, 1)]
    public void A_completion_of_another_epoch_or_exit_is_dropped_and_counted(uint epoch, ulong sequence)
    {
        var vcpu = StartSynchronous(async cpu => await cpu.Out(1, 1, (uint)await cpu.In(2, 1)));
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, IoAccess.In(2, 1));

        vcpu.Tell(new GuestHop.IoCompletion(epoch, sequence, 9, IoOutcome.Completed));

        Assert.Equal(1, vcpu.UnderlyingActor.Core.StaleMessages);
        vcpu.Tell(Done(1, 7));
        ExpectExit(2, IoAccess.Out(1, 1, 7));
    }

    [Fact]
    public void A_repeated_completion_is_applied_once()
    {
        var vcpu = StartSynchronous(async cpu =>
        {
            await cpu.Out(1, 1, 0);
            await cpu.WaitForInterrupt();
            await cpu.Out(2, 1, 0);
        });
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, IoAccess.Out(1, 1, 0));

        vcpu.Tell(Done(1));
        vcpu.Tell(Done(1));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 1, 0x30));
        vcpu.Tell(Done(1));

        ExpectExit(2, IoAccess.Out(2, 1, 0));
        Assert.Equal(2, vcpu.UnderlyingActor.Core.StaleMessages);
        Assert.NotNull(vcpu.UnderlyingActor.Core.Exit);
    }

    [Fact]
    public void A_general_protection_outcome_faults_the_guest_that_does_not_catch_it()
    {
        var vcpu = Start(async cpu => await cpu.Load(0xC000_0000, 8));
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, IoAccess.Load(0xC000_0000, 8));

        vcpu.Tell(new GuestHop.IoCompletion(Epoch, 1, 0, IoOutcome.GeneralProtection));

        _vmActor.ExpectMsg(new GuestHop.VcpuEnded(Epoch, Vcpu, "GeneralProtectionException: #GP on mmio read64 0xc0000000"));
    }

    [Fact]
    public void A_programs_exception_ends_the_vCPU_and_only_it()
    {
        var vcpu = Start(_ => throw new FormatException("broken\nguest"));

        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        _vmActor.ExpectMsg(new GuestHop.VcpuEnded(Epoch, Vcpu, "FormatException: broken guest"));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 1, 0x30));
        vcpu.Tell(Done(1));
        vcpu.Tell(new GuestHop.PauseVcpu(Epoch));

        _vmActor.ExpectMsg(new GuestHop.VcpuPaused(Epoch, Vcpu));
    }

    [Fact]
    public void A_guest_that_cannot_be_made_ends_its_vCPU()
    {
        var vcpu = Start(new BrokenCatalog());

        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));

        _vmActor.ExpectMsg(new GuestHop.VcpuEnded(Epoch, Vcpu, "FormatException: no such guest"));
    }

    [Fact]
    public void Who_runs_an_ended_vCPU_again_in_its_epoch_hears_of_the_end_again()
    {
        var vcpu = Start(_ => GuestTask.CompletedTask);
        var ended = new GuestHop.VcpuEnded(Epoch, Vcpu, null);

        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        _vmActor.ExpectMsg(ended);
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));

        _vmActor.ExpectMsg(ended);
    }

    [Fact]
    public void A_running_vCPU_only_says_so_when_it_is_run_again()
    {
        var catalog = new ScriptedCatalog(async cpu => await cpu.Out(1, 1, 0));
        var vcpu = StartSynchronous(catalog);

        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));

        Assert.Equal(1, catalog.Created);
        Assert.Equal(0, vcpu.UnderlyingActor.Core.StaleMessages);
        vcpu.Tell(new GuestHop.RunVcpu(Epoch - 1, 0));
        Assert.Equal(1, catalog.Created);
        Assert.Equal(1, vcpu.UnderlyingActor.Core.StaleMessages);
        ExpectExit(1, IoAccess.Out(1, 1, 0));
        _vmActor.ExpectMsg(new GuestHop.VcpuRuns(Epoch, Vcpu));
        Assert.False(_vmActor.HasMessages);
    }

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
        Time.Advance(VcpuActor.RepeatPeriod);
        Time.Advance(VcpuActor.RepeatPeriod);

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
        Time.Advance(VcpuActor.RepeatPeriod);
        Time.Advance(VcpuActor.RepeatPeriod);

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
    public void An_unanswered_exit_is_repeated_unchanged_every_250_ms()
    {
        var vcpu = Start(async cpu => await cpu.Out(1, 1, 0));
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        var exit = ExpectExit(1, IoAccess.Out(1, 1, 0));

        for (var i = 0; i < 3; i++)
        {
            Time.Advance(TimeSpan.FromMilliseconds(249));
            ExpectNothingSentBy(vcpu);
            Time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(exit, _vmActor.ExpectMsg<GuestHop.IoExit>());
        }

        vcpu.Tell(Done(1));
        var ended = _vmActor.ExpectMsg<GuestHop.VcpuEnded>();
        Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(ended, _vmActor.ExpectMsg<GuestHop.VcpuEnded>());
        vcpu.Tell(new GuestHop.PauseVcpu(Epoch));
        _vmActor.ExpectMsg<GuestHop.VcpuPaused>();
        Time.Advance(TimeSpan.FromSeconds(10));
        ExpectNothingSentBy(vcpu);
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
        Time.Advance(VcpuActor.RepeatPeriod);
        _vmActor.ExpectMsg(accepted);

        vcpu.Tell(new GuestHop.AcceptancesSeen(Epoch, 0));
        vcpu.Tell(new GuestHop.AcceptancesSeen(Epoch - 1, 1));
        Time.Advance(VcpuActor.RepeatPeriod);
        _vmActor.ExpectMsg(accepted);

        vcpu.Tell(new GuestHop.AcceptancesSeen(Epoch, 1));
        Time.Advance(VcpuActor.RepeatPeriod);
        Time.Advance(VcpuActor.RepeatPeriod);
        Time.Advance(VcpuActor.RepeatPeriod);
        ExpectNothingSentBy(vcpu);
    }

    [Fact]
    public void An_exit_that_is_answered_in_time_is_not_repeated()
    {
        var vcpu = Start(async cpu =>
        {
            for (ushort port = 1; ; port++)
                await cpu.Out(port, 1, 0);
        });
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));

        for (ushort port = 1; port <= 20; port++)
        {
            ExpectExit(port, IoAccess.Out(port, 1, 0));
            Time.Advance(TimeSpan.FromMilliseconds(240));
            vcpu.Tell(Done(port));
        }

        ExpectExit(21, IoAccess.Out(21, 1, 0));
    }

    [Fact]
    public void An_idle_vCPU_has_no_timer()
    {
        var vcpu = StartSynchronous(async cpu =>
        {
            while (true)
                await cpu.Out(1, 1, await cpu.WaitForInterrupt());
        });
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        Assert.False(vcpu.UnderlyingActor.IsLooking);

        for (ulong round = 1; round <= 3; round++)
        {
            vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, round, 0x30));
            ExpectExit(round, IoAccess.Out(1, 1, 0x30));
            Assert.True(vcpu.UnderlyingActor.IsLooking);
            vcpu.Tell(Done(round));
            Time.Advance(VcpuActor.RepeatPeriod);
            Time.Advance(VcpuActor.RepeatPeriod);
            Assert.False(vcpu.UnderlyingActor.IsLooking);
            Assert.Empty(vcpu.UnderlyingActor.Timers.ActiveTimers);
        }

        Assert.False(_vmActor.HasMessages);
        Assert.Equal(0, vcpu.UnderlyingActor.Core.RepeatedExits);
    }

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
        Time.Advance(VcpuActor.RepeatPeriod);

        Assert.Same(exit, _vmActor.ExpectMsg<GuestHop.IoExit>());
        Assert.Equal(2u, exit.Epoch);
    }

    [Fact]
    public void Steps_are_reported_in_their_order()
    {
        var vcpu = StartSynchronous(async cpu =>
        {
            await cpu.WaitForInterrupt();
            await cpu.In(1, 1);
        });
        var access = IoAccess.In(1, 1);

        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch, 1, 0x30));
        vcpu.Tell(new GuestHop.InterruptDelivery(Epoch - 1, 1, 0x31));
        vcpu.Tell(Done(9));
        vcpu.Tell(Done(1));

        Assert.Equal(
            [
                new PathStep(PathHop.VcpuInterrupt, Vm, Vcpu, 0, default, 0x30),
                new PathStep(PathHop.VmExit, Vm, Vcpu, 1, access),
                new PathStep(PathHop.VmEntry, Vm, Vcpu, 1, access),
            ],
            _trace.Steps);
    }

    [Fact]
    public void A_vCPU_whose_actor_failed_has_ended_for_its_epoch()
    {
        var vcpu = Start(async cpu =>
        {
            await cpu.Out(1, 1, 0);
            await cpu.Out(2, 1, 0);
        });
        var ended = new GuestHop.VcpuEnded(Epoch, Vcpu, "FormatException: a defect of ours");
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, IoAccess.Out(1, 1, 0));

        _trace.Fails = true;
        vcpu.Tell(Done(1));
        _vmActor.ExpectMsg(ended);
        _trace.Fails = false;
        vcpu.Tell(Done(1));
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        _vmActor.ExpectMsg(ended);
        Time.Advance(VcpuActor.RepeatPeriod);
        _vmActor.ExpectMsg(ended);
        vcpu.Tell(new GuestHop.PauseVcpu(Epoch));
        _vmActor.ExpectMsg(new GuestHop.VcpuPaused(Epoch, Vcpu));
        Time.Advance(TimeSpan.FromSeconds(1));
        ExpectNothingSentBy(vcpu);

        vcpu.Tell(new GuestHop.RunVcpu(Epoch + 1, 0));
        Assert.Equal(Epoch + 1, _vmActor.ExpectMsg<GuestHop.IoExit>().Epoch);
    }

    [Fact]
    public void A_message_of_another_kind_is_unhandled()
    {
        var unhandled = CreateTestProbe();
        Sys.EventStream.Subscribe(unhandled, typeof(Akka.Event.UnhandledMessage));
        var vcpu = Start(_ => GuestTask.CompletedTask);

        vcpu.Tell("hello");

        Assert.Equal("hello", unhandled.ExpectMsg<Akka.Event.UnhandledMessage>().Message);
    }

    [Fact]
    public void The_factory_validates_by_its_catalog()
    {
        var factory = new VcpuFactory(new ScriptedCatalog(_ => GuestTask.CompletedTask));

        Assert.Null(factory.Validate(ScriptedCatalog.Guest));
        Assert.Equal("There is no guest 'x'.", factory.Validate(new GuestSpec("x", [])));
    }

    private static GuestHop.IoCompletion Done(ulong sequence, ulong value = 0) => new(Epoch, sequence, value, IoOutcome.Completed);

    private GuestHop.IoExit ExpectExit(ulong sequence, IoAccess access)
    {
        var exit = ExpectExit();
        Assert.Equal(new GuestHop.IoExit(Epoch, new IoRequest(Vcpu, sequence, access), (uint)_accepted.Count), exit);
        return exit;
    }

    /// <summary>The next exit; acceptances before it are kept.</summary>
    private GuestHop.IoExit ExpectExit()
    {
        while (true)
        {
            var message = _vmActor.ReceiveOne(TimeSpan.FromSeconds(3));
            if (message is not GuestHop.InterruptAccepted accepted)
                return Assert.IsType<GuestHop.IoExit>(message);
            _accepted.Add(accepted);
        }
    }

    /// <summary>What a vCPU sent came before its answer to this.</summary>
    private void ExpectNothingSentBy(IActorRef vcpu)
    {
        var answered = CreateTestProbe();
        vcpu.Tell(new Identify("there"), answered);
        answered.ExpectMsg<ActorIdentity>();
        Assert.False(_vmActor.HasMessages);
    }

    private IActorRef Start(Func<GuestCpu, GuestTask> run) => Start(new ScriptedCatalog(run));

    private IActorRef Start(IGuestCatalog catalog) => _vmActor.ChildActorOf(PropsOf(catalog), "vcpu-2", SupervisorStrategy.DefaultStrategy);

    private TestActorRef<VcpuActor> StartSynchronous(Func<GuestCpu, GuestTask> run) => StartSynchronous(new ScriptedCatalog(run));

    private TestActorRef<VcpuActor> StartSynchronous(IGuestCatalog catalog) =>
        ActorOfAsTestActorRef<VcpuActor>(PropsOf(catalog), _vmActor, "vcpu-2");

    private Props PropsOf(IGuestCatalog catalog)
    {
        var spec = new VmSpec(Vm, 4, 1 << 20, ScriptedCatalog.Guest, ImmutableArray<ConsoleDeviceSpec>.Empty);
        var services = new RoomServices(_memory, TimeProvider.System, _trace, _links);
        return new VcpuFactory(catalog).Create(spec, Vcpu, _memory.Create(Vm, spec.MemoryBytes), services);
    }

    private sealed class BrokenCatalog : IGuestCatalog
    {
        public string? Validate(GuestSpec guest) => null;

        public GuestProgram Create(GuestSpec guest) => throw new FormatException("no such guest");
    }

    private sealed class RecordingTrace : PathTrace
    {
        public List<PathStep> Steps { get; } = [];

        public bool Fails { get; set; }

        public override void Record(in PathStep step)
        {
            if (Fails)
                throw new FormatException("a defect of ours");
            Steps.Add(step);
        }
    }

    private sealed class RecordingLinks : ILinkInterceptor
    {
        public List<LinkSite> Sites { get; } = [];

        public void Send(LinkSite site, IActorRef to, object message, IActorRef from)
        {
            Sites.Add(site);
            to.Tell(message, from);
        }
    }
}
