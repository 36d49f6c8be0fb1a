using Actors.Protocol;
using CsCheck;

namespace Actors.Hypervisor.Tests;

/// <summary>Exits, slots, completions, polling: what a vCPU asks and what becomes of it.</summary>
public sealed class ExitTests : VirtualMachineRig
{
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
}
