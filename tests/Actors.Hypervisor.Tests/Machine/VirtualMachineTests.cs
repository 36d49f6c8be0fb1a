using Actors.Protocol;
using CsCheck;

namespace Actors.Hypervisor.Tests;

public sealed class VirtualMachineTests
{
    private static readonly IoAccess Forwarded = IoAccess.Out(0x2000, 4, 7);

    private readonly RecordingHost _host = new();
    private readonly ulong[] _sequences = new ulong[16];
    private VirtualMachine _vm;
    private long _command;

    public VirtualMachineTests() => _vm = Make(1);

    // ---- exits ----

    [Fact]
    public void An_access_that_nobody_here_knows_takes_a_slot_and_an_upcall()
    {
        Start();
        Exit(0, Forwarded);
        Assert.Equal(["upcall f3 0:1"], _host.Take());
        Assert.Equal(IoRequestSlotState.Pending, _vm.Slots.StateOf(0));

        _vm.Finished(1, 0, 1, 0x55);
        Assert.Equal(["complete 0 1 0 Completed"], _host.Take());
        Assert.Equal(IoRequestSlotState.Free, _vm.Slots.StateOf(0));
    }

    [Theory]
    [InlineData(1, 0xAAUL)]
    [InlineData(2, 0x99AAUL)]
    [InlineData(4, 0x7788_99AAUL)]
    public void A_read_s_value_is_cut_to_the_access(int size, ulong value)
    {
        Start();
        Exit(0, IoAccess.In(0x2000, size));
        _vm.Finished(1, 0, 1, 0xDDEE_FF00_7788_99AA);

        Assert.Contains($"complete 0 1 {value:x} Completed", _host.Log);
    }

    [Theory]
    [InlineData("PortIo", 0, 0x2000UL)]
    [InlineData("PortIo", 3, 0x2000UL)]
    [InlineData("PortIo", 8, 0x2000UL)]
    [InlineData("PortIo", 4, 0x1_0000UL)]
    [InlineData("Mmio", 0, 0x8000_0000UL)]
    [InlineData("Mmio", 3, 0x8000_0000UL)]
    [InlineData("Mmio", 16, 0x8000_0000UL)]
    [InlineData("PciConfig", 4, 0UL)]
    [InlineData("99", 4, 0UL)]
    public void What_no_engine_may_send_is_a_protection_fault(string type, int size, ulong address)
    {
        Start();
        Exit(0, new IoAccess(Enum.Parse<IoRequestType>(type), IoDirection.Read, (byte)size, address, 0));

        Assert.Equal(["complete 0 1 0 GeneralProtection"], _host.Take());
        Assert.Equal(1, _vm.Counters.MalformedAccesses);
    }

    [Theory]
    [InlineData(0xFEBF_FFFCUL, 8)] // straddles the IOAPIC's first byte
    [InlineData(0xFEC0_0FFCUL, 8)] // straddles its last
    [InlineData(0xFEDF_FFFFUL, 2)] // straddles the local APIC's first
    [InlineData(0xFEC0_0000UL, 1)] // the IOAPIC takes 4 bytes only
    [InlineData(0xFEC0_0010UL, 8)]
    public void What_an_emulated_range_refuses_is_a_protection_fault_and_not_forwarded(ulong address, int size)
    {
        Start();
        Exit(0, IoAccess.Load(address, size));

        Assert.Equal(["complete 0 1 0 GeneralProtection"], _host.Take());
        Assert.Equal(1, _vm.Counters.RefusedAccesses);
    }

    [Fact]
    public void A_write_protect_fault_is_an_ignored_write()
    {
        Start();
        Exit(0, new IoAccess(IoRequestType.WriteProtect, IoDirection.Write, 4, 0x1000, 1));

        Assert.Equal(["complete 0 1 0 Completed"], _host.Take());
    }

    [Fact]
    public void A_repeated_exit_is_answered_again_when_its_answer_was_lost_and_not_done_again()
    {
        Start();
        Exit(0, IoAccess.Out(0x3F8, 1, 'x'));
        _host.Take();
        _vm.Exit(1, new IoRequest(0, 1, IoAccess.Out(0x3F8, 1, 'x')));

        Assert.Equal(["complete 0 1 0 Completed"], _host.Take());
        Assert.Equal(1, _vm.Uart.Sent);
    }

    [Fact]
    public void A_repeated_exit_whose_request_is_outstanding_changes_nothing()
    {
        Start();
        Exit(0, Forwarded);
        _host.Take();
        _vm.Exit(1, new IoRequest(0, 1, Forwarded));

        Assert.Empty(_host.Take());
        Assert.Equal(1, _vm.Counters.RepeatedExits);
    }

    [Fact]
    public void A_second_exit_of_a_blocked_vcpu_is_a_protection_fault_and_the_first_stays()
    {
        Start();
        Exit(0, Forwarded);
        _host.Take();
        Exit(0, Forwarded);
        Assert.Equal(["complete 0 2 0 GeneralProtection"], _host.Take());

        _vm.Finished(1, 0, 1, 0);
        Assert.Equal(["complete 0 1 0 Completed"], _host.Take());
    }

    [Fact]
    public void Old_exits_other_epochs_and_unknown_vcpus_are_dropped_and_counted()
    {
        Start();
        Exit(0, IoAccess.In(0x70, 1));
        Exit(0, IoAccess.In(0x70, 1));
        _host.Take();

        _vm.Exit(1, new IoRequest(0, 1, Forwarded));
        _vm.Exit(1, new IoRequest(0, 0, Forwarded));
        _vm.Exit(2, new IoRequest(0, 3, Forwarded));
        _vm.Exit(0, new IoRequest(0, 3, Forwarded));
        _vm.Exit(1, new IoRequest(1, 3, Forwarded));
        _vm.Exit(1, new IoRequest(-1, 3, Forwarded));

        Assert.Empty(_host.Take());
        Assert.Equal((2, 2, 2), (_vm.Counters.StaleExits, _vm.Counters.StaleEpoch, _vm.Counters.NoSuchVcpu));
    }

    [Fact]
    public void CF8_is_latched_here_and_forwarded_and_CFC_only_when_enabled()
    {
        Start();
        Exit(0, IoAccess.In(0xCFC, 4));
        Assert.Equal(["complete 0 1 ffffffff Completed"], _host.Take());
        Exit(0, IoAccess.Out(0xCF8, 4, 0x8000_1800));
        Assert.Equal(["upcall f3 0:2"], _host.Take());
        _vm.Finished(1, 0, 2, 0);
        _host.Take();
        Exit(0, IoAccess.In(0xCF8, 4));
        Assert.Equal(["complete 0 3 80001800 Completed"], _host.Take());
        Exit(0, IoAccess.In(0xCFD, 1));
        Assert.Equal(["upcall f3 0:4"], _host.Take());
    }

    [Fact]
    public void Each_vcpu_sees_its_own_local_apic()
    {
        _vm = Make(2);
        Start();
        Exit(1, IoAccess.Load(0xFEE0_0020, 4));

        Assert.Contains("complete 1 1 1000000 Completed", _host.Log);
    }

    [Fact]
    public void The_UART_interrupts_by_GSI_4()
    {
        Start();
        EnableApic();
        IoApicEntry(4, 0x44);
        Exit(0, IoAccess.Out(0x3F9, 1, 1));
        _host.Take();
        _vm.Uart.Receive("x"u8);

        Assert.Equal(["deliver 0 1 44"], _host.Take());
    }

    // ---- completions ----

    [Fact]
    public void A_late_or_repeated_completion_reaches_nobody()
    {
        Start();
        Exit(0, Forwarded);
        _vm.Finished(1, 0, 1, 0);
        Exit(0, Forwarded);
        _host.Take();

        _vm.Finished(1, 0, 1, 0);
        _vm.Finished(0, 0, 2, 0);
        _vm.Finished(2, 0, 2, 0);
        _vm.Finished(1, 0, 3, 0);
        _vm.Finished(1, 5, 2, 0);
        Assert.Empty(_host.Take());

        _vm.Finished(1, 0, 2, 0);
        Assert.Equal(["complete 0 2 0 Completed"], _host.Take());
    }

    [Fact]
    public void An_unanswered_upcall_is_raised_again_with_all_pending_slots()
    {
        _vm = Make(3);
        Start();
        Exit(2, Forwarded);
        Exit(0, Forwarded);
        Exit(1, Forwarded);
        _vm.Finished(1, 0, 1, 0);
        _host.Take();

        Assert.True(_vm.Tick());
        Assert.Empty(_host.Take());
        Assert.True(_vm.Tick());
        Assert.Equal(["upcall f3 1:1 +2:1"], _host.Take());
    }

    [Fact]
    public void The_timer_begins_with_the_first_request_and_ends_when_a_period_had_none()
    {
        Start();
        Exit(0, IoAccess.In(0x70, 1));
        while (_vm.Tick())
        {
        }

        _host.Take();
        Exit(0, Forwarded);
        Assert.Equal(["timer", "upcall f3 0:2"], _host.Take());
        _vm.Finished(1, 0, 2, 0);
        Exit(0, Forwarded);
        Assert.DoesNotContain("timer", _host.Take());
        _vm.Finished(1, 0, 3, 0);

        Assert.True(_vm.Tick());
        Assert.False(_vm.Tick());
        Exit(0, Forwarded);
        Assert.Contains("timer", _host.Take());
    }

    [Fact]
    public void A_polling_vcpu_looks_until_its_slot_is_complete()
    {
        _vm = Make(1, polling: true);
        Start();
        Exit(0, IoAccess.In(0x2000, 1));
        Assert.Equal(["upcall f3 0:1", "poll 0 1"], _host.Take());
        _vm.SlotSeen(1, 0, 1, IoRequestSlotState.Processing, 0);
        Assert.Equal(["poll 0 1"], _host.Take());
        _vm.SlotSeen(1, 0, 1, IoRequestSlotState.Complete, 0x1FF);
        Assert.Equal(["complete 0 1 ff Completed"], _host.Take());

        _vm.SlotSeen(1, 0, 1, IoRequestSlotState.Complete, 0);
        _vm.SlotSeen(1, 9, 1, IoRequestSlotState.Complete, 0);
        Assert.Empty(_host.Take());
        Assert.Equal(2, _vm.Counters.StalePolls);
    }

    [Fact]
    public void A_lost_look_is_repeated_by_the_timer_and_one_that_goes_on_is_not()
    {
        _vm = Make(1, polling: true);
        Start();
        Exit(0, Forwarded);
        _vm.SlotSeen(1, 0, 1, IoRequestSlotState.Pending, 0);
        _host.Take();
        _vm.Tick();
        Assert.DoesNotContain("poll 0 1", _host.Take());
        _vm.Tick();
        Assert.Equal(["upcall f3 0:1", "poll 0 1"], _host.Take());
    }

    // ---- asyncio ----

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

    // ---- life cycle ----

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

    [Fact]
    public void Interrupts_reach_a_blocked_vcpu_and_not_a_paused_one()
    {
        Start();
        EnableApic();
        Exit(0, Forwarded);
        _host.Take();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        Assert.Equal(["deliver 0 1 41"], _host.Take());
        Command(VmCommandKind.Pause);
        _host.Take();
        _vm.InjectMsi(1, 1, 2, 0xFEE0_0000, 0x51);
        Assert.Empty(_host.Take());
    }

    [Fact]
    public void A_vector_is_in_service_when_its_vcpu_has_accepted_it()
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        Assert.Equal(0u, _vm.Interrupts.ApicOf(0).Read(0x120));
        _vm.InterruptAccepted(1, 0, 1, 0x41);

        Assert.Equal(2u, _vm.Interrupts.ApicOf(0).Read(0x120));
        Assert.Equal(0, _vm.Counters.StaleAcceptances);
    }

    [Theory]
    [InlineData(1u, 0, 2UL, 0x41)]
    [InlineData(1u, 0, 0UL, 0x41)]
    [InlineData(1u, 0, 1UL, 0x42)]
    [InlineData(1u, 0, 1UL, 0xEE)]
    [InlineData(2u, 0, 1UL, 0x41)]
    [InlineData(1u, 1, 1UL, 0x41)]
    public void An_acceptance_of_what_is_not_offered_is_dropped_and_counted(uint epoch, int vcpu, ulong sequence, byte vector)
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _vm.InterruptAccepted(epoch, vcpu, sequence, vector);

        Assert.Equal(0u, _vm.Interrupts.ApicOf(0).Read(0x120));
        Assert.Equal(1, _vm.Counters.StaleAcceptances + _vm.Counters.StaleEpoch + _vm.Counters.NoSuchVcpu);
    }

    [Fact]
    public void An_exit_that_is_ahead_of_an_acceptance_waits_for_it()
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _host.Take();
        var eoi = new IoRequest(0, ++_sequences[0], IoAccess.Store(0xFEE0_00B0, 4, 0));
        _vm.Exit(1, eoi, taken: 1);
        Assert.Empty(_host.Take());
        Assert.Equal(1, _vm.Counters.EarlyExits);

        _vm.InterruptAccepted(1, 0, 1, 0x41);
        _vm.Exit(1, eoi, taken: 1);
        _vm.InterruptAccepted(1, 0, 1, 0x41);
        Assert.Equal([$"complete 0 {eoi.Sequence} 0 Completed"], _host.Take());
        Assert.Equal(0u, _vm.Interrupts.ApicOf(0).Read(0x120));
        Assert.Equal(1, _vm.Counters.StaleAcceptances);
    }

    [Fact]
    public void What_is_not_accepted_is_offered_again_by_the_same_number_ever_more_seldom_until_the_vcpu_holds_it()
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _host.Take();
        _vm.Tick();
        Assert.Empty(_host.Take());
        _vm.Tick();
        Assert.Equal(["deliver 0 1 41"], _host.Take());

        for (var i = 0; i < 80; i++)
            Assert.True(_vm.Tick());
        Assert.InRange(_host.Take().Length, 80 / InterruptOffers.MaxPeriods, 20);

        _vm.InterruptHeld(2, 0, 1);
        _vm.InterruptHeld(1, 0, 2);
        Assert.True(_vm.Tick());
        _vm.InterruptHeld(1, 0, 1);
        Assert.False(_vm.Tick());
    }

    [Fact]
    public void An_offer_that_is_held_doesnt_keep_another_from_being_repeated()
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _vm.InterruptHeld(1, 0, 1);
        _vm.InjectMsi(1, 1, 2, 0xFEE0_0000, 0x51);
        _host.Take();
        _vm.Tick();
        _vm.Tick();

        Assert.Equal(["deliver 0 2 51"], _host.Take());
    }

    [Fact]
    public void An_acceptance_that_asks_for_it_is_confirmed_as_often_as_it_comes()
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _host.Take();
        _vm.InterruptAccepted(1, 0, 1, 0x41, confirm: true);
        _vm.InterruptAccepted(1, 0, 1, 0x41, confirm: true);

        Assert.Equal(["accepted 0 1", "accepted 0 1"], _host.Take());
    }

    /// <summary>F71: the timer is lost for ever.</summary>
    [Fact]
    public void Repeated_exits_start_a_timer_again_that_doesnt_tick_once_until_it_does()
    {
        Start();
        Exit(0, Forwarded);
        _host.Take();
        var exit = new IoRequest(0, 1, Forwarded);
        for (var i = 0; i < 10; i++)
            _vm.Exit(1, exit);
        Assert.Equal(["timer"], _host.Take());

        _vm.Tick();
        _host.Take();
        for (var i = 0; i < 10; i++)
            _vm.Exit(1, exit);
        Assert.Equal(["timer"], _host.Take());
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

    [Fact]
    public void Accepted_interrupts_and_stopped_vcpus_keep_no_timer()
    {
        _vm = Make(2);
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _vm.InterruptAccepted(1, 0, 1, 0x41);
        _vm.Tick();
        Assert.False(_vm.Tick());
        _vm.InjectMsi(1, 1, 2, 0xFEE0_0000, 0x51);
        _vm.VcpuEnded(1, 0, fault: null);
        _vm.Tick();
        Assert.False(_vm.Tick());
    }

    [Fact]
    public void Offers_are_forgotten_and_numbered_anew_by_a_reset()
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        PauseAll();
        Command(VmCommandKind.Reset);
        Command(VmCommandKind.Start);
        _vm.InterruptAccepted(2, 0, 1, 0x41);
        Assert.Equal(1, _vm.Counters.StaleAcceptances);
        _sequences[0] = 0;
        EnableApic();
        _host.Take();
        _vm.InjectMsi(2, 1, 1, 0xFEE0_0000, 0x51);
        Assert.Equal(["deliver 0 1 51"], _host.Take());
    }

    /// <summary>I4, I5, I6: a hostile mixture of exits, completions, repeats and resets blocks no vCPU without an outstanding request, and answers each exit once.</summary>
    [Fact]
    public void No_interleaving_loses_a_waiter_or_answers_twice() => Gen.Select(Gen.Int[0, 9], Gen.Int[0, 1], Gen.Int[0, 3]).Array[0, 150].Sample(steps =>
    {
        var host = new RecordingHost();
        var vm = new VirtualMachine(Spec(2), host, TimeProvider.System, trace: null);
        uint epoch = 1;
        long id = 0;
        var sequence = new ulong[2];
        var blocked = new bool[2];
        var answered = new HashSet<string>();
        vm.Command(++id, VmCommandKind.Start, 0);
        foreach (var (step, vcpu, kind) in steps)
        {
            host.Take();
            switch (step)
            {
                case <= 3:
                    if (!blocked[vcpu])
                        sequence[vcpu]++;
                    vm.Exit(epoch, new IoRequest(vcpu, sequence[vcpu], kind switch
                    {
                        0 => IoAccess.In(0x70, 1),
                        1 => IoAccess.Load(0xFEC0_0000, 1),
                        _ => Forwarded,
                    }));
                    blocked[vcpu] = true;
                    break;
                case <= 6:
                    vm.Finished(epoch, vcpu, sequence[vcpu], 0);
                    break;
                case 7:
                    vm.Finished(epoch - 1, vcpu, sequence[vcpu], 0);
                    break;
                case 8:
                    vm.Tick();
                    break;
                default:
                    vm.Command(++id, VmCommandKind.Pause, 0);
                    vm.VcpuPaused(epoch, 0);
                    vm.VcpuPaused(epoch, 1);
                    vm.Command(++id, VmCommandKind.Reset, 0);
                    Assert.Equal(++epoch, vm.Epoch);
                    vm.Command(++id, VmCommandKind.Start, 0);
                    Array.Clear(sequence);
                    Array.Clear(blocked);
                    break;
            }

            foreach (var line in host.Log.Where(l => l.StartsWith("complete", StringComparison.Ordinal)))
            {
                var who = int.Parse(line.Split(' ')[1]);
                Assert.True(blocked[who] || !answered.Add($"{epoch} {line}"), line);
                answered.Add($"{epoch} {line}");
                blocked[who] = false;
            }

            for (var i = 0; i < 2; i++)
                Assert.Equal(blocked[i], vm.Slots.StateOf(i) == IoRequestSlotState.Pending && vm.WaitOf(i) == VcpuWait.Slot);
        }
    });

    private static VmSpec Spec(int vcpus, bool polling = false) =>
        new(new VmId(7), vcpus, 4096, new GuestSpec("test", []), [], polling);

    private VirtualMachine Make(int vcpus, bool polling = false)
    {
        Array.Clear(_sequences);
        _command = 0;
        return new VirtualMachine(Spec(vcpus, polling), _host, TimeProvider.System, trace: null);
    }

    private void Start()
    {
        Command(VmCommandKind.Start);
        _host.Take();
    }

    private void StartAp(int vcpu)
    {
        Exit(0, IoAccess.Store(0xFEE0_0310, 4, (uint)vcpu << 24));
        Exit(0, IoAccess.Store(0xFEE0_0300, 4, 0x4600));
        _host.Take();
    }

    private void PauseAll()
    {
        Command(VmCommandKind.Pause);
        _vm.VcpuPaused(_vm.Epoch, 0);
        _host.Take();
    }

    private string[] Command(VmCommandKind command, long? id = null)
    {
        _host.Take();
        _command = id ?? (_command + 1);
        _vm.Command(_command, command, 0);
        return _host.Take();
    }

    private void Exit(int vcpu, IoAccess access) => _vm.Exit(_vm.Epoch, new IoRequest(vcpu, ++_sequences[vcpu], access));

    private void Assign(long id, AsyncioDescriptor descriptor) => _vm.SetAsyncio(1, id, assign: true, descriptor);

    private void EnableApic() => Exit(0, IoAccess.Store(0xFEE0_00F0, 4, 0x1FF));

    private void IoApicEntry(int pin, uint low)
    {
        Exit(0, IoAccess.Store(0xFEC0_0000, 4, (uint)(0x10 + (2 * pin))));
        Exit(0, IoAccess.Store(0xFEC0_0010, 4, low));
    }
}
