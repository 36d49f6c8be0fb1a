using System.Buffers.Binary;
using Actors.DeviceModel;
using Actors.Guest;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>A PCI function of a test's own, in every world.</summary>
public sealed class OwnPciDeviceTests : MachineTest
{
    private const byte Slot = 9;

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void The_guest_finds_it_and_it_adds_by_DMA(MachineWorld world)
    {
        var machine = Boot(world, described => described.Device(Slot, () => new AdderDevice()));

        var vector = (byte)0;
        var sum = machine.Run(async guest =>
        {
            var adder = await guest.Pci(Slot);
            Assert.Equal((0x1234, 0xADD0, 0xFF_00_00u), (adder.Device.VendorId, adder.Device.DeviceId, adder.Device.ClassCode));
            Assert.Equal((PciBarKind.Memory32, 0x1000ul), (adder.Bar(0).Kind, adder.Bar(0).Size));
            Assert.Equal((PciBarKind.Io, 16ul), (adder.Bar(2).Kind, adder.Bar(2).Size));
            Assert.Equal(AdderDevice.Id, await adder.Read(bar: 2, offset: 0));
            vector = (await adder.UseMsix(entries: 2))[1];
            return await Add(guest, adder, vector, 1, 20, 300);
        });

        Assert.Equal(321u, sum);
        machine.ExpectInterrupt(vector);
        machine.Recording.Should().Contain<RegisterEvent>(access => access.Device == new Bdf(0, Slot, 0) && access.Hop == PathHop.VirtioPciWrite && access.Offset == AdderDevice.Count);
        Assert.Equal("true", machine.State("pci-0.9.0/bus-master"));
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void Its_pin_interrupts_until_its_driver_has_served_it(MachineWorld world)
    {
        var machine = Boot(world, described => described.Device(Slot, () => new AdderDevice(hasMsix: false)));

        var sum = machine.Run(async guest =>
        {
            var adder = await guest.Pci(Slot);
            var vector = await adder.UseIntx(() => adder.Write(0, AdderDevice.Status, AdderDevice.Done));
            return await Add(guest, adder, vector, 4, 5);
        });

        Assert.Equal(9u, sum);
        machine.ExpectState("pci-0.9.0/intx", "false");
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void It_reaches_RAM_only_where_there_is_some_and_its_driver_lets_it(MachineWorld world)
    {
        var machine = Boot(world, described => described.Device(Slot, () => new AdderDevice()));

        machine.Run(async guest =>
        {
            var adder = await guest.Pci(Slot);
            Assert.Equal(AdderDevice.Refused, await Try(adder, address: 0xFFFF_F000_0000, count: 4));
            Assert.Equal(AdderDevice.Done, await Try(adder, address: 0x9000, count: 4));
            await adder.Device.ChangeCommand(0, PciSpec.CommandBusMaster);
            Assert.Equal(AdderDevice.Refused, await Try(adder, address: 0x9000, count: 4));
        });

        static async GuestTask<uint> Try(GuestPciFunction adder, ulong address, uint count)
        {
            await adder.Write(0, AdderDevice.Status, 3);
            await adder.Write(0, AdderDevice.Address, address, size: 8);
            await adder.Write(0, AdderDevice.Count, count);
            return (uint)await adder.Read(0, AdderDevice.Status);
        }
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_reset_brings_it_back_to_power_on(MachineWorld world)
    {
        var machine = Boot(world, described => described.Device(Slot, () => new AdderDevice()));
        machine.Run(async guest =>
        {
            var adder = await guest.Pci(Slot);
            await adder.Write(0, AdderDevice.Count, 4);
            Assert.NotEqual(0ul, await adder.Read(0, AdderDevice.Status));
        });

        machine.Reset();

        machine.Run(async guest => Assert.Equal(0ul, await (await guest.Pci(Slot)).Read(0, AdderDevice.Status)));
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void What_it_throws_is_its_own_failure_and_a_reset_heals_it(MachineWorld world)
    {
        var machine = Boot(world, described => described.Device(Slot, () => new FailingFunction()));
        machine.Run(async guest =>
        {
            var failing = await guest.Pci(Slot);
            await failing.Write(0, 0, 7);
            Assert.Equal(7ul, await failing.Read(0, 0));
            await failing.Write(0, 4, 1);
            Assert.Equal(0xFFFF_FFFFul, await failing.Read(0, 0));
            Assert.Equal(0xBAD0u, await failing.Device.Read(PciSpec.DeviceId, 2));
        });

        var failed = machine.ExpectDeviceFailure(new Bdf(0, Slot, 0));
        Assert.Contains("register 4 isn't done yet", failed.Reason, StringComparison.Ordinal);
        machine.ExpectState("pci-0.9.0/failed", "true");
        machine.Done(machine.Write("still here"));
        machine.ExpectBytes("still here");

        machine.Reset();
        machine.Run(async guest => Assert.Equal(0ul, await (await guest.Pci(Slot)).Read(0, 0)));
    }

    [Fact]
    public void A_failure_that_no_test_expected_fails_the_test()
    {
        var machine = Boot(described => described.Device(Slot, () => new FailingFunction()));
        machine.Run(async guest => await (await guest.Pci(Slot)).Write(0, 4, 1));

        var failure = Assert.Throws<MachineFailureException>(machine.End);

        Assert.Contains("pci-0.9.0 failed: NotSupportedException: register 4 isn't done yet", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Its registers and its table are in the record; what it keeps of itself is up to it, and this one keeps nothing.</summary>
    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_crash_of_its_actor_keeps_what_PCI_has(MachineWorld world)
    {
        var machine = Boot(world, described => described.Device(Slot, () => new AdderDevice()));
        var vector = machine.Run(async guest => (await (await guest.Pci(Slot)).UseMsix(entries: 2))[1]);

        machine.Crash(new Bdf(0, Slot, 0));
        Assert.Equal(12u, machine.Run(async guest => await Add(guest, await guest.Pci(Slot), vector, 5, 7)));
        machine.Expect<LifeEvent>(life => life.Change == LifeChange.Restarted);
        machine.ExpectInterrupt(vector);
    }

    [Fact]
    public void A_machine_that_cannot_have_it_says_why()
    {
        var used = new AdderDevice();
        Assert.Contains("Two PCI devices want the address 0.3.0", Refusal(described => described.Device(3, () => new AdderDevice())), StringComparison.Ordinal);
        Assert.Contains("0.9.0", Assert.Throws<ArgumentException>(() => Boot(described => described.Device(Slot, () => new AdderDevice()).Device(Slot, () => new AdderDevice()))).Message, StringComparison.Ordinal);
        Assert.Contains("can't be made: InvalidOperationException: no parts", Refusal(described => described.Device(Slot, OwnPciDevice () => throw new InvalidOperationException("no parts"))), StringComparison.Ordinal);
        Assert.Contains("There is no PCI address 0.40.0", Refusal(described => described.Device(40, () => new AdderDevice())), StringComparison.Ordinal);
        var machine = Boot(described => described.Device(Slot, () => used));
        Assert.Equal("true", machine.State("pci-0.9.0/bus-master"));
        Assert.Contains("was used before", Refusal(described => described.Device(Slot, () => used)), StringComparison.Ordinal);
    }

    private string Refusal(Action<MachineBuilder> describe) => Assert.Throws<MachineFailureException>(() => Boot(describe)).Message;

    private static async GuestTask<uint> Add(GuestSession guest, GuestPciFunction adder, byte vector, params uint[] numbers)
    {
        var at = guest.Platform.Heap.Allocate(4 * (numbers.Length + 1));
        for (var i = 0; i < numbers.Length; i++)
            guest.Cpu.Memory.TryWriteUInt32(at + (4 * (ulong)i), numbers[i]);
        await adder.Write(0, AdderDevice.Address, at, size: 8);
        await adder.Write(0, AdderDevice.Count, (ulong)numbers.Length);
        await guest.WaitForInterrupt(vector);
        guest.Cpu.Memory.TryReadUInt32(at + (4 * (ulong)numbers.Length), out var sum);
        return sum;
    }
}
