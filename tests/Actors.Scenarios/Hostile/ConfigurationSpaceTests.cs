using Actors.Guest;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>Guests that write configuration space at random (rows 26, P1-P9), on the whole path.</summary>
[Collection(HostileCollection.Name)]
public sealed class ConfigurationSpaceTests
{
    private const int Writes = 10_000;

    /// <summary>MSI-X and the five of virtio: what the device has on its first day.</summary>
    private const int Capabilities = 6;

    [Theory]
    [InlineData(true, VirtioTransportKind.Transitional)]
    [InlineData(false, VirtioTransportKind.Transitional)]
    [InlineData(true, VirtioTransportKind.Modern)]
    public async Task A_device_whose_configuration_space_was_overwritten_comes_up_again(bool memoryMapped, VirtioTransportKind transport)
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);

        await node.AttackAsync(
            async cpu =>
            {
                IPciConfigAccess config = memoryMapped ? new EcamConfigAccess(cpu) : new PortConfigAccess(cpu);
                var random = new Random(7);
                for (var round = 0; round < 5; round++)
                {
                    for (var i = 0; i < Writes; i++)
                        await Disturb(config, random);
                    Recovery.Check(await CountCapabilities(cpu) == Capabilities, "the capability list changed");
                    await recovery.PutBackAndProve(cpu, new DriverOptions { UseEcam = memoryMapped });
                }

                await PowerOff(cpu);
            },
            transport: transport);

        recovery.AssertProofs(5);
    }

    [Fact]
    public async Task A_BAR_that_was_sized_and_moved_at_random_in_the_middle_of_traffic_comes_back()
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);

        await node.AttackAsync(async cpu =>
        {
            var random = new Random(8);
            for (var round = 0; round < 50; round++)
            {
                var platform = await recovery.PutBackAndProve(cpu, new DriverOptions());
                var doorbell = platform.Consoles[0].Ports[0].TransmitQueue.Doorbell;
                for (var i = 0; i < 100; i++)
                {
                    var register = PciSpec.Bar0 + (4 * random.Next(PciSpec.Bars));
                    await platform.Consoles[0].Device.Write(register, 4, random.Next(3) == 0 ? uint.MaxValue : (uint)random.NextInt64(uint.MaxValue));
                    await doorbell.Ring(cpu);
                }
            }

            await PowerOff(cpu);
        });

        recovery.AssertProofs(50);
    }

    private static async GuestTask Disturb(IPciConfigAccess config, Random random)
    {
        var function = random.Next(4) == 0
            ? Bdf.FromRequesterId((ushort)random.Next(0x1_0000))
            : Recovery.Console;
        var size = 1 << random.Next(3);
        var register = random.Next(random.Next(8) == 0 ? PciSpec.ExtendedConfigSize : PciSpec.ConfigSize);
        var value = random.Next(4) == 0 ? uint.MaxValue : (uint)random.NextInt64(uint.MaxValue);
        if (random.Next(4) == 0)
            await config.Read(function, register, size);
        else
            await config.Write(function, register, size, value);
    }

    private static async GuestTask<int> CountCapabilities(GuestCpu cpu)
    {
        var bus = new PciBus(new EcamConfigAccess(cpu));
        var device = await bus.Probe(Recovery.Console);
        Recovery.Check(device is not null, "the function is gone");
        return (await device!.ReadCapabilities()).Count;
    }

    private static async GuestTask PowerOff(GuestCpu cpu) => await cpu.Out(PlatformSpec.Pm1aControlPort, 2, PlatformSpec.PowerOffValue);
}
