using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>What a correct driver sees.</summary>
public sealed class VirtioPciSessionTests
{
    [Fact]
    public void A_modern_driver_gets_its_answer_and_an_interrupt()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start();
        machine.Rings[1].Send(machine.Rings[1].Out(1, 2, 3), machine.Rings[1].In(4));

        machine.Kick(1);

        Assert.Equal(1, machine.Rings[1].UsedIndex);
        Assert.Equal((0U, 1U), machine.Rings[1].UsedElement(0));
        Assert.True(machine.Host.Intx);
        Assert.Equal(1UL, machine.Read(VirtioPciSpec.IsrOffset, 1));
        Assert.False(machine.Host.Intx);
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.IsrOffset, 1));
    }

    [Fact]
    public void A_legacy_driver_gets_its_answer_and_an_interrupt()
    {
        var machine = new TestFunction(VirtioTransportKind.Legacy).StartLegacy();
        machine.Rings[1].Send(machine.Rings[1].Out(1, 2, 3), machine.Rings[1].In(4));

        machine.Out(VirtioPciSpec.LegacyQueueNotify, 2, 1);

        Assert.Equal(1, machine.Rings[1].UsedIndex);
        Assert.True(machine.Host.Intx);
        Assert.Equal(1UL, machine.In(VirtioPciSpec.LegacyIsr, 1));
        Assert.False(machine.Host.Intx);
    }

    [Theory]
    [InlineData(VirtioTransportKind.Legacy, 0x1003, 0)]
    [InlineData(VirtioTransportKind.Transitional, 0x1003, 0)]
    [InlineData(VirtioTransportKind.Modern, 0x1043, 1)]
    public void Identity_follows_the_interfaces_offered(VirtioTransportKind kind, int deviceId, int revision)
    {
        var function = new TestFunction(kind).Function;

        Assert.Equal(0x1AF4U, function.ConfigRead(PciSpec.VendorId, 2));
        Assert.Equal((uint)deviceId, function.ConfigRead(PciSpec.DeviceId, 2));
        Assert.Equal((uint)revision, function.ConfigRead(PciSpec.Revision, 1));
        Assert.Equal(0x0780_0000U >> 8, function.ConfigRead(PciSpec.Revision, 4) >> 8);
        Assert.Equal(0x0003_1AF4U, function.ConfigRead(PciSpec.SubsystemVendorId, 4));
        Assert.Equal(16U, function.ConfigRead(PciSpec.InterruptLine, 1));
        Assert.Equal(1U, function.ConfigRead(PciSpec.InterruptPin, 1));
    }

    [Fact]
    public void Doorbells_exist_from_DRIVER_OK_to_reset_for_ready_queues_only()
    {
        var machine = new TestFunction();
        machine.Negotiate();
        machine.SetQueueUp(1);
        Assert.Empty(machine.Host.Doorbells);
        machine.Status = 0xF;
        machine.Function.TryGetMapping(VirtioPciSpec.ModernBar, out var bar);
        Assert.Equal((1, (false, bar + 0x3004, 4U, false, 0UL)), (machine.Host.Doorbells.Single().Key, machine.Host.Doorbells.Single().Value));

        machine.Rings[1].Send(machine.Rings[1].Out(1));
        machine.Function.Doorbell(1);
        Assert.Equal(1, machine.Rings[1].UsedIndex);

        machine.Status = 0;
        Assert.Empty(machine.Host.Doorbells);
        machine.Function.Doorbell(1);
        Assert.DoesNotContain("notify 1", machine.Device.Calls[^1]);
    }

    [Fact]
    public void Legacy_doorbells_match_the_queue_number_at_the_notify_port()
    {
        var machine = new TestFunction().StartLegacy();
        machine.Function.TryGetMapping(VirtioPciSpec.LegacyBar, out var bar);

        Assert.Equal((true, bar + 0x10, 2U, true, 0UL), machine.Host.Doorbells[0]);
        Assert.Equal((true, bar + 0x10, 2U, true, 1UL), machine.Host.Doorbells[1]);

        machine.Out(VirtioPciSpec.LegacyQueueSelect, 2, 0);
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0);
        Assert.Equal([1], machine.Host.Doorbells.Keys);
        Assert.Contains("queue reset 0", machine.Device.Calls);
    }

    [Fact]
    public void Without_the_option_no_doorbell_is_registered()
    {
        var machine = new TestFunction(doorbells: false).Start();

        Assert.Empty(machine.Host.Doorbells);
    }

    [Theory]
    [InlineData(VirtioPciSpec.LegacyBar, 0x10, false, "queue_notify")]
    [InlineData(VirtioPciSpec.LegacyBar, 0x14, false, "device_config")]
    [InlineData(VirtioPciSpec.LegacyBar, 0x14, true, "config_vector")]
    [InlineData(VirtioPciSpec.LegacyBar, 0x11, true, null)]
    [InlineData(VirtioPciSpec.ModernBar, 0x3004, false, "queue_notify")]
    [InlineData(VirtioPciSpec.ModernBar, 0x14, false, "device_status")]
    [InlineData(VirtioPciSpec.ModernBar, 0x24, false, "queue_desc")]
    [InlineData(VirtioPciSpec.ModernBar, 0x1001, false, null)]
    [InlineData(VirtioPciSpec.MsixBar, 0, false, "msix")]
    [InlineData(3, 0, false, null)]
    public void Registers_have_the_names_of_the_specification(int bar, int offset, bool msix, string? name) =>
        Assert.Equal(name, VirtioPciRegister.NameOf(bar, (ulong)offset, msix));
}
