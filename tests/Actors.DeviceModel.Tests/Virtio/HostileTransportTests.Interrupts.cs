using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>The same rows: what a guest may do to vectors, BARs and doorbells.</summary>
public sealed partial class HostileTransportTests
{
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
}
