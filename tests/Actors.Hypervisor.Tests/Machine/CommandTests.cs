using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

/// <summary>The life of a VM: commands, ends, crashes.</summary>
public sealed class CommandTests : VirtualMachineRig
{
    [Fact]
    public void Start_runs_the_boot_processor_and_INIT_SIPI_the_others()
    {
        _vm = Make(2);
        Assert.Equal(["timer", "run 0 0", "answer 1 Start 1 Ok"], Command(VmCommandKind.Start));
        Assert.Equal(["answer 2 Start 1 NotPermitted"], Command(VmCommandKind.Start));

        Exit(0, IoAccess.Store(0xFEE0_0310, 4, 1u << 24));
        Exit(0, IoAccess.Store(0xFEE0_0300, 4, 0x4500));
        _host.Take();
        Exit(0, IoAccess.Store(0xFEE0_0300, 4, 0x4612));
        Assert.Equal(["run 1 12", "complete 0 3 0 Completed"], _host.Take());
        Exit(0, IoAccess.Store(0xFEE0_0300, 4, 0x4612));
        Assert.Equal(["complete 0 4 0 Completed"], _host.Take());
        Assert.Equal(1, _vm.Counters.IgnoredStartups);
    }

    [Fact]
    public void A_vcpu_is_told_again_to_run_until_it_is_heard()
    {
        Start();
        _host.Take();
        for (var i = 0; i < 100; i++)
            Assert.True(_vm.Tick());
        Assert.Equal(100, _host.Take().Count(l => l == "run 0 0"));

        _vm.VcpuRuns(2, 0);
        Assert.True(_vm.Tick());
        _vm.VcpuRuns(1, 0);
        Assert.False(_vm.Tick());

        _vm = Make(1);
        Start();
        Exit(0, IoAccess.In(0x70, 1));
        _host.Take();
        _vm.Tick();
        Assert.Empty(_host.Take());
    }

    [Fact]
    public void Pause_waits_for_every_vcpu_that_runs_and_repeats_itself()
    {
        _vm = Make(3);
        Start();
        StartAp(1);
        Assert.Equal(["pause 0", "pause 1"], Command(VmCommandKind.Pause));
        _vm.VcpuPaused(1, 1);
        Assert.Empty(_host.Take());
        Assert.True(_vm.Tick());
        Assert.Equal(["pause 0"], _host.Take());
        Assert.Equal(["answer 3 Reset 1 NotPermitted"], Command(VmCommandKind.Reset, id: 3));
        _vm.Command(4, VmCommandKind.Pause, 0);
        _vm.VcpuPaused(1, 0);

        Assert.Equal(["answer 4 Pause 1 Ok"], _host.Take());
        Assert.Equal(VmState.Paused, _vm.State);
    }

    [Fact]
    public void Pause_of_a_VM_that_never_ran_needs_no_vcpu() =>
        Assert.Equal(["timer", "answer 1 Pause 1 Ok"], Command(VmCommandKind.Pause));

    [Fact]
    public void A_vcpu_that_ended_or_crashed_is_not_waited_for()
    {
        _vm = Make(2);
        Start();
        StartAp(1);
        _vm.VcpuEnded(1, 0, null);
        _vm.VcpuCrashed(1, "bug");
        _host.Take();

        Assert.Equal(["answer 2 Pause 1 Ok"], Command(VmCommandKind.Pause));
    }

    [Fact]
    public void What_completes_after_pause_frees_the_slot_and_never_reaches_the_guest()
    {
        Start();
        Exit(0, Forwarded);
        Command(VmCommandKind.Pause);
        _vm.Finished(1, 0, 1, 5);
        _vm.VcpuPaused(1, 0);
        Exit(0, Forwarded);

        Assert.DoesNotContain(_host.Take(), l => l.StartsWith("complete", StringComparison.Ordinal));
        Assert.Equal(IoRequestSlotState.Free, _vm.Slots.StateOf(0));
    }

    [Fact]
    public void Reset_begins_an_epoch_in_which_nothing_of_the_old_one_counts()
    {
        Start();
        EnableApic();
        Exit(0, Forwarded);
        PauseAll();
        Assert.Equal(["clear memory", "answer 3 Reset 2 Ok"], Command(VmCommandKind.Reset));
        Assert.Equal(IoRequestSlotState.Free, _vm.Slots.StateOf(0));
        Command(VmCommandKind.Start);

        _vm.Exit(2, new IoRequest(0, 1, Forwarded));
        Assert.Equal(["upcall f3 0:1"], _host.Take());
        _vm.Finished(1, 0, 1, 0);
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _vm.VcpuEnded(1, 0, "old");
        _vm.VcpuPaused(1, 0);
        Assert.Empty(_host.Take());
        _vm.Finished(2, 0, 1, 0);
        Assert.Equal(["complete 0 1 0 Completed"], _host.Take());
    }

    [Fact]
    public void Destroy_needs_pause_and_a_repeated_command_has_its_result_again()
    {
        Start();
        Assert.Equal(["answer 2 Destroy 1 NotPermitted"], Command(VmCommandKind.Destroy));
        PauseAll();
        Assert.Equal(["destroyed", "answer 9 Destroy 1 Ok"], Command(VmCommandKind.Destroy, id: 9));
        Assert.Equal(["answer 9 Destroy 1 Ok"], Command(VmCommandKind.Destroy, id: 9));
    }

    [Fact]
    public void A_repeated_reset_is_one_reset()
    {
        Command(VmCommandKind.Pause);
        Command(VmCommandKind.Reset, id: 5);

        Assert.Equal(["answer 5 Reset 2 Ok"], Command(VmCommandKind.Reset, id: 5));
        Assert.Equal(2u, _vm.Epoch);
    }

    [Theory]
    [InlineData(0x1F, "Invalid")]
    [InlineData(0x20, "Ok")]
    [InlineData(0xFF, "Ok")]
    [InlineData(0x100, "Invalid")]
    [InlineData(-1, "Invalid")]
    public void The_upcall_s_vector_is_settable_within_its_range(int vector, string result)
    {
        Start();
        _vm.Command(50, VmCommandKind.SetCallbackVector, vector);
        Assert.Equal([$"answer 50 SetCallbackVector 1 {result}"], _host.Take());
        Exit(0, Forwarded);
        Assert.Equal([$"upcall {(result == "Ok" ? vector : 0xF3):x} 0:1"], _host.Take());
    }

    [Theory]
    [InlineData(VmCommandKind.ClearIoRequests)]
    [InlineData(VmCommandKind.CreateDefaultClient)]
    [InlineData(VmCommandKind.DestroyDefaultClient)]
    public void Commands_for_the_HSM_are_invalid_here(VmCommandKind command) =>
        Assert.Equal([$"answer 1 {command} 1 Invalid"], Command(command));

    [Theory]
    [InlineData(0x404, 2, 0x3400, "PowerOff")]
    [InlineData(0xCF9, 1, 0x06, "SystemReset")]
    [InlineData(0xCF9, 1, 0x0E, "FullReset")]
    [InlineData(0x64, 1, 0xFE, "SystemReset")]
    public void Who_asks_for_the_end_stays_blocked_and_the_event_is_repeated_until_pause(int port, int size, int value, string kind)
    {
        Start();
        var access = IoAccess.Out((ushort)port, size, (uint)value);
        Exit(0, access);
        Assert.Equal([$"event {kind}"], _host.Take());
        _vm.Exit(1, new IoRequest(0, 1, access));
        Assert.Empty(_host.Take());
        _vm.Tick();
        _vm.Tick();
        Assert.Equal([$"event {kind}", $"event {kind}"], _host.Take());

        PauseAll();
        _host.Take();
        _vm.Tick();
        Assert.Empty(_host.Take());
    }

    [Fact]
    public void A_fault_is_a_triple_fault_with_one_bounded_line_and_an_end_is_nothing()
    {
        _vm = Make(2);
        Start();
        StartAp(1);
        _vm.VcpuEnded(1, 1, null);
        _vm.VcpuEnded(1, 1, null);
        Assert.Equal(["pause 1", "pause 1"], _host.Take());
        _vm.VcpuEnded(1, 0, new string('x', 1000));
        Assert.Equal(["pause 0", $"event TripleFault {new string('x', 256)}"], _host.Take());
        _vm.VcpuEnded(1, 7, "nobody");
        Assert.Empty(_host.Take());
    }

    [Fact]
    public void The_first_wish_for_an_end_counts()
    {
        Start();
        Exit(0, IoAccess.Out(0x404, 2, 0x3400));
        _vm.VcpuCrashed(0, "then this");
        _host.Take();
        _vm.Tick();

        Assert.Equal(["event PowerOff"], _host.Take());
    }

    /// <summary>F23: the owner of a slot is gone, in each of its states; the slot gets free.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_slot_of_a_vcpu_that_crashed_is_freed_by_its_answer_even_if_that_must_be_asked_for_again(bool pausedFirst)
    {
        Start();
        Exit(0, Forwarded);
        _vm.VcpuCrashed(0, "vcpu-0: crash");
        Assert.Contains("event TripleFault vcpu-0: crash", _host.Take());
        if (pausedFirst)
            Command(VmCommandKind.Pause);
        _host.Take();
        _vm.Tick();
        _vm.Tick();
        Assert.Contains("upcall f3 0:1", _host.Take());

        _vm.Finished(1, 0, 1, 5);
        Assert.Equal(IoRequestSlotState.Free, _vm.Slots.StateOf(0));
        Assert.Empty(_host.Take());
    }

    /// <summary>F25: the state is lost.</summary>
    [Theory]
    [InlineData(VmState.Running, "event TripleFault gone")]
    [InlineData(VmState.Created, null)]
    [InlineData(VmState.Pausing, null)]
    [InlineData(VmState.Paused, null)]
    public void A_machine_whose_state_is_lost_says_so_if_it_ran_and_can_be_reset_and_started(object state, string? said)
    {
        _vm = new VirtualMachine(Spec(1), _host, TimeProvider.System, trace: null, epoch: 7);
        _vm.Recover((VmState)state, "gone");
        Assert.Equal(said, _host.Take().SingleOrDefault(l => l != "timer"));
        Assert.Equal(7u, _vm.Epoch);
        Exit(0, Forwarded);
        _vm.Finished(7, 0, 1, 0);

        Command(VmCommandKind.Pause);
        Assert.Equal(VmState.Paused, _vm.State);
        Command(VmCommandKind.Reset);
        Assert.Contains("run 0 0", Command(VmCommandKind.Start));
        Assert.Equal((8u, VmState.Running), (_vm.Epoch, _vm.State));
    }
}
