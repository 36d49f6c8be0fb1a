using Actors.Protocol;

namespace Actors.Guest.Tests;

public sealed class PciTests
{
    private static readonly Bdf Slot3 = new(0, 3, 0);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Both_mechanisms_find_every_slot_and_the_functions_of_multi_function_slots(bool ecam)
    {
        List<string> found = [];
        ScriptedGuest.Run(
            async cpu =>
            {
                foreach (var device in await new PciBus(Access(cpu, ecam)).Enumerate())
                    found.Add($"{device.Function} {device.DeviceId:x4} {device.ClassCode:x6}");
            },
            machine =>
            {
                machine.Functions.Add(new(new(0, 0, 0), 0x8086, 1, 0x060000));
                machine.Functions.Add(new(new(0, 3, 0), 0x1AF4, 2));
                machine.Functions.Add(new(new(0, 3, 5), 0x1AF4, 3));
                machine.Functions.Add(new(new(0, 7, 0), 0x1AF4, 4));
                machine.Functions.Add(new(new(0, 7, 1), 0x1AF4, 5));
                machine.Functions.Add(new(new(0, 31, 0), 0x1AF4, 6));
                machine.Functions[3].Config[PciSpec.HeaderType] = 0x80;
            });

        Assert.Equal(
            ["0.0.0 0001 060000", "0.3.0 0002 078000", "0.7.0 0004 078000", "0.7.1 0005 078000", "0.31.0 0006 078000"],
            found);
    }

    [Fact]
    public void Enumeration_stops_early_only_behind_the_function_that_was_wanted()
    {
        List<string> found = [];
        var machine = ScriptedGuest.Run(
            async cpu =>
            {
                foreach (var device in await new PciBus(new EcamConfigAccess(cpu)).Enumerate(0, device => device.DeviceId == 2))
                    found.Add(device.Function.ToString());
            },
            machine =>
            {
                machine.Functions.Add(new(new(0, 0, 0), 0x8086, 1));
                machine.Functions.Add(new(Slot3, 0x1AF4, 2));
                machine.Functions.Add(new(new(0, 4, 0), 0x1AF4, 2));
            });

        Assert.Equal(["0.0.0", "0.3.0"], found);
        Assert.Equal(6, machine.Exits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sizing_gives_kind_address_and_size_and_leaves_everything_as_it_was(bool ecam)
    {
        PciBar[] bars = [];
        var device = new ModelFunction(Slot3, 0x1AF4, 2);
        device.AddBar(0, 64, 0x2040, 1);
        device.AddBar(1, 0x1000, 0x8000_0000, 0);
        device.AddBar(2, 0x2_0000_0000, 0x40_0000_0000, 12);
        device.AddBar(4, 0x4000, 0x9000_0000, 4);
        var before = device.Config.ToArray();
        ScriptedGuest.Run(
            async cpu => bars = await (await new PciBus(Access(cpu, ecam)).Probe(Slot3))!.SizeBars(),
            machine => machine.Functions.Add(device));

        Assert.Equal(
            [
                new(0, PciBarKind.Io, 0x2040, 64, false),
                new(1, PciBarKind.Memory32, 0x8000_0000, 0x1000, false),
                new(2, PciBarKind.Memory64, 0x40_0000_0000, 0x2_0000_0000, true),
                new(3, PciBarKind.None, 0, 0, false),
                new(4, PciBarKind.Memory64, 0x9000_0000, 0x4000, false),
                new PciBar(5, PciBarKind.None, 0, 0, false),
            ],
            bars);
        Assert.Equal(before, device.Config);
        Assert.Equal(0, device.BarWritesWhileDecoding);
        Assert.Equal([0, PciSpec.CommandIo | PciSpec.CommandMemory], device.Commands);
    }

    [Fact]
    public void A_bar_moves_with_decoding_off_and_answers_at_its_new_place()
    {
        var device = new ModelFunction(Slot3, 0x1AF4, 2);
        device.AddBar(2, 0x4000, 0x40_0000_0000, 4);
        ScriptedGuest.Run(
            async cpu => await (await new PciBus(new EcamConfigAccess(cpu)).Probe(Slot3))!.Relocate(2, 0x41_2345_8000),
            machine => machine.Functions.Add(device));

        Assert.True(device.TryHit(false, 0x41_2345_8010, out var bar, out var offset));
        Assert.Equal((2, 0x10), (bar, offset));
        Assert.Equal(0, device.BarWritesWhileDecoding);
    }

    [Fact]
    public void A_bar_without_an_address_gets_one_of_its_own()
    {
        PciBar first = default, second = default;
        var device = new ModelFunction(Slot3, 0x1AF4, 2);
        device.AddBar(0, 64, 0, 1);
        device.AddBar(1, 64, 0, 1);
        ScriptedGuest.Run(
            async cpu =>
            {
                var bus = new PciBus(new EcamConfigAccess(cpu));
                var found = (await bus.Probe(Slot3))!;
                first = await found.AssignedBar(0, bus.Addresses);
                second = await found.AssignedBar(1, bus.Addresses);
            },
            machine => machine.Functions.Add(device));

        Assert.Equal((0xFFC0UL, 0xFF80UL), (first.Address, second.Address));
        Assert.True(device.TryHit(true, 0xFF80, out var bar, out _));
        Assert.Equal(1, bar);
    }

    [Theory]
    [InlineData(0x40, 0x40, 1)]
    [InlineData(0x40, 0x50, 2)]
    [InlineData(0x40, 0x43, 1)]
    [InlineData(0x40, 0x10, 1)]
    public void A_capability_list_that_loops_or_leaves_its_space_ends(byte first, byte next, int expected)
    {
        List<PciCapability> found = [];
        var device = new ModelFunction(Slot3, 0x1AF4, 2);
        device.Set16(PciSpec.Status, PciSpec.StatusCapabilities);
        device.Config[PciSpec.CapabilityPointer] = first;
        device.Set32(0x40, 0x09u | ((uint)next << 8));
        device.Set32(0x50, 0x09 | (0x40 << 8));
        ScriptedGuest.Run(
            async cpu => found = await (await new PciBus(new EcamConfigAccess(cpu)).Probe(Slot3))!.ReadCapabilities(),
            machine => machine.Functions.Add(device));

        Assert.Equal(expected, found.Count);
    }

    [Fact]
    public void An_enabled_msix_entry_is_masked_while_it_changes()
    {
        List<string> writes = [];
        var device = new ModelFunction(Slot3, 0x1AF4, 2);
        device.AddBar(1, 0x1000, 0x8000_0000, 0);
        var machine = new ModelMachine(new ScriptedGuest(async cpu =>
        {
            var bus = new PciBus(new EcamConfigAccess(cpu));
            var found = (await bus.Probe(Slot3))!;
            var table = (await MsixTable.Open(cpu, found, new PciCapability(0x40, 0x0003_0011), bus.Addresses))!;
            Assert.Equal(4, table.Count);
            await table.Enable();
            await table.Set(2, 0xFEE0_1000, 0x31);
        }))
        {
            Intercept = access =>
            {
                if (access.IsWrite && access.Address >= 0x8000_0000 && access.Address < 0x8000_1000)
                    writes.Add($"{access.Address & 0xFFF:x} {access.Value:x}");
                return null;
            },
        };
        machine.Functions.Add(device);
        device.Set32(0x44, 1);
        machine.Run();

        Assert.Null(machine.Fault);
        Assert.Equal(["2c 1", "20 fee01000", "24 0", "28 31", "2c 0"], writes);
    }

    [Fact]
    public void A_capability_table_in_no_memory_bar_is_no_table()
    {
        var opened = true;
        var device = new ModelFunction(Slot3, 0x1AF4, 2);
        device.AddBar(1, 64, 0x2000, 1);
        device.Set32(0x44, 1);
        ScriptedGuest.Run(
            async cpu =>
            {
                var bus = new PciBus(new EcamConfigAccess(cpu));
                opened = await MsixTable.Open(cpu, (await bus.Probe(Slot3))!, new PciCapability(0x40, 0x11), bus.Addresses) is not null;
            },
            machine => machine.Functions.Add(device));

        Assert.False(opened);
    }

    private static IPciConfigAccess Access(GuestCpu cpu, bool ecam) => ecam ? new EcamConfigAccess(cpu) : new PortConfigAccess(cpu);
}
