using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>Rows 1-33, 62, 63, 65 and 81 of docs/behaviour.md: what a guest may do to the transport's registers, and what becomes of it.</summary>
public sealed partial class HostileTransportTests
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
