using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>Rows 1-33, 62, 63, 65 and 81 of docs/behaviour.md: what a guest may do to the transport's registers, and what becomes of it.</summary>
public sealed class HostileTransportTests
{
    private static GuestFaultLedger FaultsOf(TestFunction machine) => machine.Function.Faults;

    [Theory]
    [InlineData(VirtioPciSpec.DeviceFeature, 1)]
    [InlineData(VirtioPciSpec.DeviceFeature, 2)]
    [InlineData(VirtioPciSpec.DeviceFeatureSelect, 8)]
    [InlineData(VirtioPciSpec.NumQueues, 1)]
    [InlineData(VirtioPciSpec.NumQueues, 4)]
    [InlineData(VirtioPciSpec.DeviceStatus, 2)]
    [InlineData(VirtioPciSpec.DeviceStatus, 4)]
    [InlineData(VirtioPciSpec.QueueSize, 1)]
    [InlineData(VirtioPciSpec.QueueSize, 4)]
    [InlineData(VirtioPciSpec.QueueDesc, 2)]
    [InlineData(VirtioPciSpec.QueueDesc + 2, 2)]
    [InlineData(VirtioPciSpec.QueueDesc + 4, 8)]
    [InlineData(VirtioPciSpec.QueueNotifyOff, 8)]
    [InlineData(1, 4)]
    [InlineData(21, 2)]
    [InlineData(0, 3)]
    public void Row1_A_register_of_another_width_reads_as_ones_and_takes_nothing(int offset, int size)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        var before = Snapshot(machine);

        Assert.Equal(IoAccess.OnesOf(size), machine.Read(offset, size));
        machine.Write(offset, size, 1);

        Assert.Equal(before, Snapshot(machine));
    }

    [Theory]
    [InlineData(VirtioPciSpec.CommonSize, 2)]
    [InlineData(0xFFC, 4)]
    [InlineData(VirtioPciSpec.IsrOffset + 1, 1)]
    [InlineData(VirtioPciSpec.IsrOffset, 4)]
    [InlineData(VirtioPciSpec.DeviceOffset + 12, 1)]
    [InlineData(VirtioPciSpec.DeviceOffset + 10, 4)]
    [InlineData(VirtioPciSpec.NotifyOffset + 2, 2)]
    [InlineData(VirtioPciSpec.NotifyOffset - 1, 2)]
    [InlineData(VirtioPciSpec.ModernBarSize - 1, 2)]
    [InlineData(VirtioPciSpec.ModernBarSize, 4)]
    [InlineData(int.MaxValue, 4)]
    public void Row2_Gaps_and_ends_read_as_ones_and_take_nothing(int offset, int size)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start();
        var before = Snapshot(machine);
        machine.Device.Calls.Clear();

        Assert.Equal(IoAccess.OnesOf(size), machine.Read(offset, size));
        machine.Write(offset, size, 0);

        Assert.Equal(before, Snapshot(machine));
        Assert.Empty(machine.Device.Calls);
    }

    [Fact]
    public void Row2_Every_offset_of_every_BAR_in_every_width_has_an_answer()
    {
        var machine = new TestFunction().Start();
        for (var bar = -1; bar <= 6; bar++)
        {
            for (var offset = 0UL; offset < 0x4010; offset += bar == VirtioPciSpec.ModernBar ? 1UL : 3)
            {
                foreach (var size in new[] { 0, 1, 2, 3, 4, 5, 8, 16 })
                {
                    machine.Function.BarRead(bar, offset, size);
                    machine.Function.BarWrite(bar, offset, size, ulong.MaxValue);
                }
            }

            machine.Function.BarWrite(bar, ulong.MaxValue, 8, 0);
            Assert.Equal(ulong.MaxValue, machine.Function.BarRead(bar, ulong.MaxValue - 3, 8));
        }

        Assert.InRange(machine.Host.Reports.Count, 0, GuestFaultLedger.Reports);
    }

    [Fact]
    public void Rows3_4_A_queue_that_does_not_exist_reads_as_zero_and_takes_nothing()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        foreach (var select in new[] { 4, 5, 0x7FFF, 0xFFFF })
        {
            machine.Write(VirtioPciSpec.QueueSelect, 2, (ulong)select);
            for (var register = VirtioPciSpec.QueueSize; register < VirtioPciSpec.CommonSize; register += 2)
            {
                var size = register is >= VirtioPciSpec.QueueDesc and < VirtioPciSpec.QueueNotifyData ? 4 : 2;
                if (size == 4 && register % 4 != 0)
                    continue;
                machine.Write(register, size, 1);
                Assert.Equal(register == VirtioPciSpec.QueueMsixVector ? 0xFFFFUL : 0, machine.Read(register, size));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(0x8000)]
    [InlineData(0xFFFF)]
    public void Row5_An_impossible_queue_size_leaves_the_old_one(int size)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.Write(VirtioPciSpec.QueueSize, 2, 4);

        machine.Write(VirtioPciSpec.QueueSize, 2, (ulong)size);

        Assert.Equal(4UL, machine.Read(VirtioPciSpec.QueueSize, 2));
    }

    [Fact]
    public void Rows6_7_8_An_enabled_queue_is_frozen()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.SetQueueUp(0, 4);
        Assert.Equal(1UL, machine.Read(VirtioPciSpec.QueueEnable, 2));

        machine.Write(VirtioPciSpec.QueueSize, 2, 8);
        machine.WriteAddress(VirtioPciSpec.QueueDesc, 0x5000);
        machine.WriteAddress(VirtioPciSpec.QueueDriver, 0x5000);
        machine.WriteAddress(VirtioPciSpec.QueueDevice, 0x5000);
        machine.Write(VirtioPciSpec.QueueEnable, 2, 0);
        machine.Write(VirtioPciSpec.QueueEnable, 2, 1);

        Assert.Equal(4UL, machine.Read(VirtioPciSpec.QueueSize, 2));
        Assert.Equal(machine.Rings[0].Descriptors, machine.Read(VirtioPciSpec.QueueDesc, 8));
        Assert.Equal(machine.Rings[0].Available, machine.Read(VirtioPciSpec.QueueDriver, 8));
        Assert.Equal(machine.Rings[0].Used, machine.Read(VirtioPciSpec.QueueDevice, 8));
        Assert.Equal(1UL, machine.Read(VirtioPciSpec.QueueEnable, 2));
        Assert.Equal(4, machine.Function.Queue(0).Size);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0xFFFF)]
    public void Row8_Only_1_enables(int value)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.WriteAddress(VirtioPciSpec.QueueDesc, machine.Rings[0].Descriptors);
        machine.WriteAddress(VirtioPciSpec.QueueDriver, machine.Rings[0].Available);
        machine.WriteAddress(VirtioPciSpec.QueueDevice, machine.Rings[0].Used);

        machine.Write(VirtioPciSpec.QueueEnable, 2, (ulong)value);

        Assert.False(machine.Function.Queue(0).IsReady);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(0x5008UL)]
    [InlineData(0xF_FFF0UL)]
    [InlineData(0xFEC0_0000UL)]
    [InlineData(ulong.MaxValue - 15)]
    public void Rows9_11_Rings_at_impossible_places_are_refused_and_break_a_running_device(ulong descriptors)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start(VirtioSpec.FeatureVersion1 | VirtioSpec.FeatureRingReset, 0);
        machine.SetQueueUp(1);
        machine.Write(VirtioPciSpec.QueueReset, 2, 1);
        machine.WriteAddress(VirtioPciSpec.QueueDesc, descriptors);
        machine.WriteAddress(VirtioPciSpec.QueueDriver, machine.Rings[1].Available);
        machine.WriteAddress(VirtioPciSpec.QueueDevice, machine.Rings[1].Used);
        machine.Write(VirtioPciSpec.QueueEnable, 2, 1);

        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueEnable, 2));
        Assert.Equal(0xF | VirtioSpec.StatusNeedsReset, machine.Status);
        Assert.Equal(1, FaultsOf(machine).CountOf(GuestFaultKind.RingOutsideRam));
    }

    [Fact]
    public void Row9_Before_DRIVER_OK_only_the_queue_is_refused()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.Write(VirtioPciSpec.QueueEnable, 2, 1);

        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueEnable, 2));
        Assert.Equal(0xB, machine.Status);
    }

    [Fact]
    public void Row10_Legacy_page_frame_number_0_disables_and_one_outside_RAM_is_refused()
    {
        var machine = new TestFunction(VirtioTransportKind.Legacy);
        machine.Out(VirtioPciSpec.LegacyStatus, 1, 3);
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0);
        Assert.False(machine.Function.Queue(0).IsReady);
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0xFFFF_FFFF);
        Assert.Equal(0UL, machine.In(VirtioPciSpec.LegacyQueuePfn, 4));
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0x10);
        Assert.Equal(0x10UL, machine.In(VirtioPciSpec.LegacyQueuePfn, 4));
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0x20);
        Assert.Equal(0x10UL, machine.In(VirtioPciSpec.LegacyQueuePfn, 4));

        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0);

        Assert.Equal(0UL, machine.In(VirtioPciSpec.LegacyQueuePfn, 4));
        Assert.False(machine.Function.Queue(0).IsReady);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(0xF)]
    [InlineData(8)]
    public void Row14_DRIVER_OK_needs_FEATURES_OK_before_it(int status)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);

        machine.Status = (byte)status;

        Assert.Equal(0, machine.Status & (VirtioSpec.StatusDriverOk | VirtioSpec.StatusFeaturesOk));
        Assert.DoesNotContain("activate", machine.Device.Calls);
    }

    [Fact]
    public void Row14_A_legacy_driver_has_no_FEATURES_OK_and_needs_ACKNOWLEDGE_and_DRIVER()
    {
        var machine = new TestFunction(VirtioTransportKind.Legacy);
        machine.Out(VirtioPciSpec.LegacyStatus, 1, 4);
        Assert.Equal(0UL, machine.In(VirtioPciSpec.LegacyStatus, 1));
        machine.Out(VirtioPciSpec.LegacyStatus, 1, 0xB);
        Assert.Equal(3UL, machine.In(VirtioPciSpec.LegacyStatus, 1));
        machine.Out(VirtioPciSpec.LegacyStatus, 1, 7);
        Assert.Equal(7UL, machine.In(VirtioPciSpec.LegacyStatus, 1));
    }

    [Fact]
    public void Row15_Status_bits_stay_until_0_is_written()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start();

        foreach (var value in new byte[] { 1, 2, 4, 8, 0xB, VirtioSpec.StatusNeedsReset })
        {
            machine.Status = value;
            Assert.Equal(0xF, machine.Status);
        }

        Assert.Equal(1, machine.Device.Calls.Count(call => call == "activate"));
    }

    [Fact]
    public void Row15_A_driver_that_gave_up_can_only_reset()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.Status = 0xB | VirtioSpec.StatusFailed;
        machine.Status = 0xF;
        Assert.Equal(0xB | VirtioSpec.StatusFailed, machine.Status);
        machine.Status = 0;
        Assert.Equal(0, machine.Status);
    }

    [Fact]
    public void Row16_After_a_reset_nothing_of_the_old_epoch_leaves()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Device.Holds = true;
        machine.EnableMsix();
        machine.Start();
        var ring = machine.Rings[1];
        ring.Send(ring.In(4));
        machine.Kick(1);
        var queue = machine.Function.Queue(1);
        var chain = machine.Device.Held.Single().Chain;
        var epoch = machine.Function.Epoch;

        machine.Status = 0;
        var accesses = machine.Memory.Accesses;
        Assert.True(queue.Push(chain, 4));
        machine.Function.SignalUsed(queue);
        machine.Function.SignalConfigChange();
        machine.Function.Doorbell(1);
        machine.Kick(1);

        Assert.Equal(epoch + 1, machine.Function.Epoch);
        Assert.Equal(0, machine.Status);
        Assert.Equal(accesses, machine.Memory.Accesses);
        Assert.Empty(machine.Host.Messages);
        Assert.False(machine.Host.Intx);
        Assert.Equal(0, ring.UsedIndex);
        Assert.Empty(machine.Host.Doorbells);
        Assert.Equal((ulong)VirtioPciSpec.NoVector, machine.Read(VirtioPciSpec.ConfigMsixVector, 2));
        Assert.Equal(8UL, machine.Read(VirtioPciSpec.QueueSize, 2));
    }

    [Fact]
    public void Row17_A_storm_of_resets_costs_nothing_that_stays()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start();
        machine.Status = 0;
        machine.Device.Calls.Capacity = 200_000;
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100_000; i++)
            machine.Status = 0;

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
        machine.Start();
    }

    [Theory]
    [InlineData(VirtioSpec.FeatureVersion1 | (1UL << 60), 0)]
    [InlineData(VirtioSpec.FeatureVersion1 | VirtioSpec.FeatureAnyLayout, 0)]
    [InlineData(VirtioSpec.FeatureVersion1, 8)]
    [InlineData(0UL, 0)]
    [InlineData(VirtioSpec.FeatureEventIndex, 0)]
    public void Rows18_21_Features_that_were_not_offered_or_miss_VERSION_1_are_refused(ulong features, int accepted)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);

        machine.Negotiate(features);

        Assert.Equal(accepted, machine.Status & VirtioSpec.StatusFeaturesOk);
    }

    [Fact]
    public void Row18_A_legacy_driver_gets_only_what_was_offered()
    {
        var machine = new TestFunction(VirtioTransportKind.Legacy);
        machine.Out(VirtioPciSpec.LegacyGuestFeatures, 4, uint.MaxValue);

        Assert.Equal(machine.In(VirtioPciSpec.LegacyHostFeatures, 4), machine.In(VirtioPciSpec.LegacyGuestFeatures, 4));
    }

    [Fact]
    public void Row19_Features_are_frozen_by_FEATURES_OK_and_in_legacy_by_DRIVER_OK()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.WriteFeatures(VirtioSpec.FeatureVersion1 | VirtioSpec.FeatureEventIndex);
        Assert.Equal(VirtioSpec.FeatureVersion1, machine.Function.NegotiatedFeatures);

        var legacy = new TestFunction(VirtioTransportKind.Legacy).StartLegacy((uint)VirtioSpec.FeatureEventIndex);
        legacy.Out(VirtioPciSpec.LegacyGuestFeatures, 4, 0);
        Assert.Equal(VirtioSpec.FeatureEventIndex, legacy.Function.NegotiatedFeatures);
    }

    [Theory]
    [InlineData(2U)]
    [InlineData(0xFFFF_FFFFU)]
    public void Row20_Feature_words_that_do_not_exist_are_0(uint select)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Write(VirtioPciSpec.DeviceFeatureSelect, 4, select);
        machine.Write(VirtioPciSpec.DriverFeatureSelect, 4, select);
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.DeviceFeature, 4));

        machine.Status = 3;
        machine.Write(VirtioPciSpec.DriverFeature, 4, 1);
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.DriverFeature, 4));
        machine.WriteFeatures(VirtioSpec.FeatureVersion1);
        machine.Status = 0xB;
        Assert.Equal(3, machine.Status);
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(5, 0xFFFF)]
    [InlineData(0xFFFE, 0xFFFF)]
    [InlineData(0xFFFF, 0xFFFF)]
    public void Row22_A_vector_that_does_not_exist_reads_back_as_NO_VECTOR(int vector, int effective)
    {
        var machine = new TestFunction();
        machine.EnableMsix();
        foreach (var register in new[] { VirtioPciSpec.ConfigMsixVector, VirtioPciSpec.QueueMsixVector })
        {
            machine.Write(register, 2, (ulong)vector);
            Assert.Equal((ulong)effective, machine.Read(register, 2));
        }

        foreach (var register in new[] { VirtioPciSpec.LegacyConfigVector, VirtioPciSpec.LegacyQueueVector })
        {
            machine.Out(register, 2, (ulong)vector);
            Assert.Equal((ulong)effective, machine.In(register, 2));
        }
    }

    [Fact]
    public void Row23_A_queue_without_a_vector_raises_nothing()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.EnableMsix();
        machine.Start();
        machine.Rings[1].Send(machine.Rings[1].Out(1));

        machine.Kick(1);
        machine.Function.SignalConfigChange();

        Assert.Equal(1, machine.Rings[1].UsedIndex);
        Assert.Empty(machine.Host.Messages);
        Assert.False(machine.Host.Intx);
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.IsrOffset, 1));
    }

    [Theory]
    [InlineData(PciSpec.MsixEnable | PciSpec.MsixFunctionMask, true)]
    [InlineData(PciSpec.MsixEnable, false)]
    public void Row25_An_interrupt_while_masked_is_kept_and_sent_when_unmasked(int control, bool functionMask)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.EnableMsix();
        machine.Negotiate();
        machine.SetQueueUp(1);
        machine.Write(VirtioPciSpec.QueueMsixVector, 2, 2);
        machine.Status = 0xF;
        machine.SetMsixControl((ushort)control);
        if (!functionMask)
            machine.Function.BarWrite(VirtioPciSpec.MsixBar, (2 * 16) + 12, 4, 1);
        machine.Rings[1].Send(machine.Rings[1].Out(1));
        machine.Kick(1);
        Assert.Empty(machine.Host.Messages);
        Assert.Equal(4UL, machine.Function.BarRead(VirtioPciSpec.MsixBar, 0x1000, 4));

        if (functionMask)
            machine.SetMsixControl(PciSpec.MsixEnable);
        else
            machine.Function.BarWrite(VirtioPciSpec.MsixBar, (2 * 16) + 12, 4, 0);

        Assert.Equal([(0xFEE0_0000UL, 0x42U)], machine.Host.Messages);
        Assert.Equal(0UL, machine.Function.BarRead(VirtioPciSpec.MsixBar, 0x1000, 4));
    }

    [Fact]
    public void Row26_Doorbells_follow_their_BAR_and_go_when_decoding_ends()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start();
        machine.Function.ConfigWrite(PciSpec.Bar0 + 16, 4, 0x9000_0000);
        Assert.Equal(0x9000_3000UL, machine.Host.Doorbells[0].Address);
        Assert.Equal(0x9000_3004UL, machine.Host.Doorbells[1].Address);

        machine.Function.ConfigWrite(PciSpec.Command, 2, PciSpec.CommandBusMaster);
        Assert.Empty(machine.Host.Doorbells);
        Assert.Null(machine.Host.Memory.Find(0x9000_3000, 4, out _));

        machine.Function.ConfigWrite(PciSpec.Command, 2, PciSpec.CommandBusMaster | PciSpec.CommandMemory);
        Assert.Equal(2, machine.Host.Doorbells.Count);
        machine.Function.RefuseBar(VirtioPciSpec.ModernBar, 0x9000_0000);
        Assert.Empty(machine.Host.Doorbells);
    }

    [Theory]
    [InlineData(4, 0U, 4U, 0UL)]
    [InlineData(4, 18U, 2U, 4UL)]
    [InlineData(4, 20U, 1U, 0UL)]
    [InlineData(4, 18U, 0U, 0xFFFF_FFFFUL)]
    [InlineData(4, 18U, 3U, 0xFFFF_FFFFUL)]
    [InlineData(4, 18U, 8U, 0xFFFF_FFFFUL)]
    [InlineData(4, 18U, 4U, 0xFFFF_FFFFUL)]
    [InlineData(4, 0x4000U, 4U, 0xFFFF_FFFFUL)]
    [InlineData(4, 0xFFFF_FFFCU, 4U, 0xFFFF_FFFFUL)]
    [InlineData(1, 0U, 4U, 0xFFFF_FFFFUL)]
    [InlineData(6, 0U, 4U, 0xFFFF_FFFFUL)]
    [InlineData(255, 0U, 4U, 0xFFFF_FFFFUL)]
    public void Row27_The_PCI_CFG_window_reads_what_it_may(int bar, uint offset, uint length, ulong expected)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        var window = machine.FindCapability(VirtioPciSpec.CapabilityPciConfig);
        Aim(machine, window, bar, offset, length);

        Assert.Equal(expected, machine.Function.ConfigRead(window + VirtioPciSpec.CapExtra, 4));
    }

    [Fact]
    public void Row27_The_PCI_CFG_window_writes_and_can_be_aimed_again_and_nothing_else_of_a_capability_changes()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        var window = machine.FindCapability(VirtioPciSpec.CapabilityPciConfig);
        Aim(machine, window, 4, VirtioPciSpec.DeviceStatus, 1);
        machine.Function.ConfigWrite(window + VirtioPciSpec.CapExtra, 1, 1);
        Assert.Equal(1, machine.Status);
        machine.Function.ConfigWrite(window + VirtioPciSpec.CapExtra, 4, 3);
        Assert.Equal(3, machine.Status);
        Aim(machine, window, 4, VirtioPciSpec.DeviceStatus, 3);
        machine.Function.ConfigWrite(window + VirtioPciSpec.CapExtra, 4, 0);
        Assert.Equal(3, machine.Status);

        var common = machine.FindCapability(VirtioPciSpec.CapabilityCommon);
        for (var at = 0; at < 16; at += 4)
        {
            var before = machine.Function.ConfigRead(common + at, 4);
            machine.Function.ConfigWrite(common + at, 4, ~before);
            Assert.Equal(before, machine.Function.ConfigRead(common + at, 4));
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(0x3FF)]
    public void Row30_A_kick_of_a_queue_that_does_not_exist_does_nothing(int queue)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start();
        machine.Device.Calls.Clear();

        machine.Kick(queue);
        machine.Function.Doorbell(queue);
        machine.Function.Doorbell(-1);

        Assert.Empty(machine.Device.Calls);
        Assert.Equal(1, FaultsOf(machine).CountOf(GuestFaultKind.SpuriousKick));
    }

    [Theory]
    [InlineData(4UL)]
    [InlineData(0xFFFFUL)]
    [InlineData(0x8000UL)]
    public void Row30_A_legacy_kick_of_a_queue_that_does_not_exist_does_nothing(ulong queue)
    {
        var machine = new TestFunction(VirtioTransportKind.Legacy).StartLegacy();
        machine.Device.Calls.Clear();

        machine.Out(VirtioPciSpec.LegacyQueueNotify, 2, queue);

        Assert.Empty(machine.Device.Calls);
    }

    [Fact]
    public void Row31_Kicks_before_DRIVER_OK_are_not_consumed_and_their_chains_are_found_at_DRIVER_OK()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.SetQueueUp(1);
        machine.Rings[1].Send(machine.Rings[1].Out(1));
        var accesses = machine.Memory.Accesses;
        machine.Kick(1);
        Assert.Equal(accesses, machine.Memory.Accesses);
        Assert.Empty(machine.Device.Calls);

        machine.Status = 0xF;

        Assert.Equal(1, machine.Rings[1].UsedIndex);
    }

    [Fact]
    public void Row31_A_broken_device_is_inert_until_reset()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.EnableMsix();
        machine.Negotiate();
        machine.Write(VirtioPciSpec.ConfigMsixVector, 2, 0);
        machine.SetQueueUp(0);
        machine.SetQueueUp(1);
        machine.Status = 0xF;
        machine.Rings[1].AvailableIndex = 0x4000;
        machine.Kick(1);
        Assert.Equal(0xF | VirtioSpec.StatusNeedsReset, machine.Status);
        Assert.Equal([(0xFEE0_0000UL, 0x40U)], machine.Host.Messages);
        Assert.Equal(new GuestFault(GuestFaultKind.AvailableIndexJump, 1, 0x4000), machine.Host.Reports.Single());
        Assert.Empty(machine.Host.Doorbells);

        var accesses = machine.Memory.Accesses;
        machine.Rings[0].Send(machine.Rings[0].Out(1));
        machine.Kick(0);
        machine.Kick(1);
        machine.Function.Doorbell(0);
        machine.Function.SignalConfigChange();
        machine.Status = 0xF;
        machine.SetQueueUp(0);
        Assert.Equal(accesses, machine.Memory.Accesses);
        Assert.Single(machine.Host.Messages);

        machine.Status = 0;
        machine.Rings[1].AvailableIndex = 0;
        machine.Start();
        machine.Kick(0);
        Assert.Equal(1, machine.Rings[0].UsedIndex);
    }

    [Theory]
    [InlineData(1, 0UL)]
    [InlineData(2, 0xFFFFUL)]
    [InlineData(4, 0xABCD_0007UL)]
    public void Row32_The_address_says_which_queue_is_kicked_and_the_value_nothing(int size, ulong value)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start();
        machine.Device.Calls.Clear();

        machine.Write(VirtioPciSpec.NotifyOffset + 4, size, value);

        Assert.Equal(["notify 1"], machine.Device.Calls);
    }

    [Theory]
    [InlineData(VirtioPciSpec.DeviceFeature, 4)]
    [InlineData(VirtioPciSpec.NumQueues, 2)]
    [InlineData(VirtioPciSpec.ConfigGeneration, 1)]
    [InlineData(VirtioPciSpec.QueueNotifyOff, 2)]
    [InlineData(VirtioPciSpec.QueueNotifyData, 2)]
    [InlineData(VirtioPciSpec.IsrOffset, 1)]
    public void Row33_Read_only_registers_take_nothing(int register, int size)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        var before = machine.Read(register, size);

        machine.Write(register, size, ~before);

        Assert.Equal(before, machine.Read(register, size));
    }

    [Theory]
    [InlineData(VirtioPciSpec.LegacyHostFeatures, 4)]
    [InlineData(VirtioPciSpec.LegacyQueueSize, 2)]
    [InlineData(VirtioPciSpec.LegacyIsr, 1)]
    public void Row33_Read_only_legacy_registers_take_nothing(int register, int size)
    {
        var machine = new TestFunction(VirtioTransportKind.Legacy);
        var before = machine.In(register, size);

        machine.Out(register, size, ~before);

        Assert.Equal(before, machine.In(register, size));
    }

    [Fact]
    public void Rows62_63_A_queue_that_is_reset_alone_forgets_everything_and_may_come_back_different()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Device.Holds = true;
        machine.Start(VirtioSpec.FeatureVersion1 | VirtioSpec.FeatureRingReset);
        var ring = machine.Rings[1];
        ring.Send(ring.In(4));
        machine.Kick(1);
        var chain = machine.Device.Held.Single().Chain;
        machine.Write(VirtioPciSpec.QueueSelect, 2, 1);

        machine.Write(VirtioPciSpec.QueueReset, 2, 1);

        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueReset, 2));
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueEnable, 2));
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueDesc, 8));
        Assert.Contains("queue reset 1", machine.Device.Calls);
        Assert.Equal([0], machine.Host.Doorbells.Keys);
        var accesses = machine.Memory.Accesses;
        machine.Kick(1);
        Assert.True(machine.Function.Queue(1).Push(chain, 4));
        Assert.Equal(accesses, machine.Memory.Accesses);

        machine.Device.Holds = false;
        machine.Rings[1] = new DriverRing(machine.Memory, 0x8_0000, 4);
        machine.Rings[1].Send(machine.Rings[1].Out(1));
        machine.SetQueueUp(1, 4);
        Assert.Equal(4, machine.Function.Queue(1).Size);
        machine.Kick(1);
        Assert.Equal(1, machine.Rings[1].UsedIndex);
        Assert.Equal(0, ring.UsedIndex);
    }

    [Fact]
    public void Row62_Without_RING_RESET_the_register_does_nothing()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start();

        machine.Write(VirtioPciSpec.QueueSelect, 2, 1);
        machine.Write(VirtioPciSpec.QueueReset, 2, 1);

        Assert.Equal(1UL, machine.Read(VirtioPciSpec.QueueEnable, 2));
    }

    [Fact]
    public void Row65_Queues_that_were_not_set_up_are_left_alone()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start(VirtioSpec.FeatureVersion1, 1);
        machine.Device.Calls.Clear();
        machine.Kick(0);
        machine.Function.Doorbell(0);
        Assert.Empty(machine.Device.Calls);

        machine.Rings[1].Send(machine.Rings[1].Out(1));
        machine.Kick(1);
        Assert.Equal(1, machine.Rings[1].UsedIndex);
        machine.Function.SignalUsed(machine.Function.Queue(0));
    }

    [Fact]
    public void Row81_Queues_that_come_with_a_feature_do_not_exist_without_it()
    {
        var machine = new TestFunction();
        machine.Write(VirtioPciSpec.QueueSelect, 2, 2);
        Assert.Equal(8UL, machine.Read(VirtioPciSpec.QueueSize, 2));
        machine.Negotiate();
        machine.SetQueueUp(2);
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueSize, 2));
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueEnable, 2));

        machine.Status = 0;
        machine.Out(VirtioPciSpec.LegacyStatus, 1, 3);
        machine.Out(VirtioPciSpec.LegacyGuestFeatures, 4, 0);
        machine.Out(VirtioPciSpec.LegacyQueueSelect, 2, 2);
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0x30);
        Assert.Equal(0UL, machine.In(VirtioPciSpec.LegacyQueueSize, 2));
        Assert.Equal(0UL, machine.In(VirtioPciSpec.LegacyQueuePfn, 4));

        machine.Out(VirtioPciSpec.LegacyGuestFeatures, 4, TestDevice.FeatureMoreQueues);
        Assert.Equal(8UL, machine.In(VirtioPciSpec.LegacyQueueSize, 2));
    }

    [Fact]
    public void T12_T13_Legacy_configuration_moves_with_MSI_X_and_never_leaks_into_the_vectors()
    {
        var machine = new TestFunction(VirtioTransportKind.Legacy);
        Assert.Equal(0x1110UL, machine.In(20, 2));
        machine.Out(22, 2, 0x0102);
        Assert.Contains("config 2 2", machine.Device.Calls);
        Assert.Equal(0xFFUL, machine.In(32, 1));
        Assert.Equal(0xFFFFUL, machine.In(31, 2));

        machine.EnableMsix();

        Assert.Equal(0xFFFF_FFFFUL, machine.In(20, 4));
        Assert.Equal(0xFFFFUL, machine.In(20, 2));
        Assert.Equal(0xFFFFUL, machine.In(22, 2));
        Assert.Equal(0x10UL, machine.In(24, 1));
        Assert.Equal(0x1BUL, machine.In(35, 1));
        Assert.Equal(0xFFUL, machine.In(36, 1));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(2, 4)]
    [InlineData(0x12, 2)]
    [InlineData(0x12, 4)]
    [InlineData(0x10, 4)]
    [InlineData(0x3E, 4)]
    public void T7_T8_T9_Legacy_accesses_of_wrong_width_read_as_ones_and_take_nothing(int offset, int size)
    {
        var machine = new TestFunction(VirtioTransportKind.Legacy).StartLegacy();
        machine.Device.Calls.Clear();

        Assert.Equal(IoAccess.OnesOf(size), machine.In(offset, size));
        machine.Out(offset, size, 0);

        Assert.Equal(7UL, machine.In(VirtioPciSpec.LegacyStatus, 1));
        Assert.Empty(machine.Device.Calls);
    }

    [Fact]
    public void The_interface_that_a_driver_began_with_stays_until_reset()
    {
        var machine = new TestFunction();
        machine.Status = 3;
        machine.Out(VirtioPciSpec.LegacyStatus, 1, 7);
        Assert.Equal(3, machine.Status);
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0x10);
        Assert.Equal(0UL, machine.In(VirtioPciSpec.LegacyQueuePfn, 4));
        machine.Status = 0;

        machine.StartLegacy();
        machine.WriteFeatures(VirtioSpec.FeatureVersion1);
        machine.Status = 0xF;
        Assert.Equal(7, machine.Status);
        Assert.Equal(0UL, machine.Function.NegotiatedFeatures);
    }

    [Fact]
    public void A_change_of_configuration_changes_the_generation_in_every_status_and_interrupts_in_some()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Function.SignalConfigChange();
        Assert.Equal(1UL, machine.Read(VirtioPciSpec.ConfigGeneration, 1));
        Assert.False(machine.Host.Intx);

        machine.Start();
        machine.Function.SignalConfigChange();
        Assert.Equal(2UL, machine.Read(VirtioPciSpec.ConfigGeneration, 1));
        Assert.Equal((ulong)VirtioPciSpec.IsrConfig, machine.Read(VirtioPciSpec.IsrOffset, 1));
        machine.Status = 0;
        Assert.Equal(2UL, machine.Read(VirtioPciSpec.ConfigGeneration, 1));
    }

    [Fact]
    public void Without_bus_mastering_RAM_is_left_alone_and_what_came_meanwhile_is_found()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start();
        machine.Function.ConfigWrite(PciSpec.Command, 2, PciSpec.CommandMemory);
        machine.Rings[1].Send(machine.Rings[1].Out(1));
        var accesses = machine.Memory.Accesses;
        machine.Kick(1);
        machine.Function.Doorbell(1);
        Assert.Equal(accesses, machine.Memory.Accesses);

        machine.Function.ConfigWrite(PciSpec.Command, 2, PciSpec.CommandMemory | PciSpec.CommandBusMaster);

        Assert.Equal(1, machine.Rings[1].UsedIndex);
    }

    [Fact]
    public void Reports_are_few_however_often_a_guest_resets()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        for (var round = 0; round < 100; round++)
        {
            for (var i = 0; i < 20; i++)
                machine.Read(0xFFC, 4);
            if (round == 0)
                Assert.Equal(GuestFaultLedger.ReportsPerEpoch, machine.Host.Reports.Count);
            machine.Status = 0;
        }

        Assert.Equal(GuestFaultLedger.Reports, machine.Host.Reports.Count);
        Assert.Equal(2000, FaultsOf(machine).CountOf(GuestFaultKind.RegisterAccess));
    }

    private static void Aim(TestFunction machine, int window, int bar, uint offset, uint length)
    {
        machine.Function.ConfigWrite(window + VirtioPciSpec.CapBar, 1, (uint)bar);
        machine.Function.ConfigWrite(window + VirtioPciSpec.CapOffset, 4, offset);
        machine.Function.ConfigWrite(window + VirtioPciSpec.CapLength, 4, length);
    }

    /// <summary>All registers of the common configuration, in their own widths, for the selected queue.</summary>
    private static string Snapshot(TestFunction machine)
    {
        (int Offset, int Size)[] registers =
        [
            (0, 4), (4, 4), (8, 4), (12, 4), (16, 2), (18, 2), (20, 1), (21, 1), (22, 2), (24, 2), (26, 2), (28, 2), (30, 2),
            (32, 4), (36, 4), (40, 4), (44, 4), (48, 4), (52, 4), (56, 2), (58, 2),
        ];
        return string.Join(' ', registers.Select(register => machine.Read(register.Offset, register.Size)));
    }
}
