using Actors.Protocol;
using Akka.Actor;
using Akka.TestKit;

namespace Actors.Guest.Tests;

/// <summary>Exits of a vCPU and their completions; what its end leaves.</summary>
public sealed class VcpuExitTests : VcpuActorRig
{
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
            Time.Advance(RetryPace.Shortest);
            Time.Advance(RetryPace.Shortest);
            Assert.False(vcpu.UnderlyingActor.IsLooking);
            Assert.Empty(vcpu.UnderlyingActor.Timers.ActiveTimers);
        }

        Assert.False(_vmActor.HasMessages);
        Assert.Equal(0, vcpu.UnderlyingActor.Core.RepeatedExits);
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
        Time.Advance(RetryPace.Shortest);
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
}
