using Actors.Guest;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>Guests that touch everything that can be addressed (row P11 and its kin), on the whole path.</summary>
[Collection(HostileCollection.Name)]
public sealed class PortAndMemorySweepTests
{
    private const int Ports = 0x1_0000;

    private static readonly int[] PortSizes = [1, 2, 4];

    /// <summary>Places where something begins or ends.</summary>
    private static readonly ulong[] Landmarks =
    [
        0, HostileNode.MemoryBytes, VmLimits.LowRamEnd, VmLimits.HighRamStart,
        PlatformSpec.IoApicBase, PlatformSpec.IoApicBase + 0x10, PlatformSpec.IoApicBase + 0x1000,
        PlatformSpec.LocalApicBase, PlatformSpec.LocalApicBase + 0x300, PlatformSpec.LocalApicBase + 0x1000,
        PlatformSpec.EcamBase, PlatformSpec.EcamBase + (3UL << 15), PlatformSpec.EcamBase + (3UL << 15) + 0x100, PlatformSpec.EcamBase + PlatformSpec.EcamSize,
        PlatformSpec.PciHole32Start, PlatformSpec.PciHole32Start + 0x1000, PlatformSpec.PciHole32End,
        PlatformSpec.PciHole64Start, PlatformSpec.PciHole64Start + 0x1000, PlatformSpec.PciHole64Start + 0x2000,
        PlatformSpec.PciHole64Start + 0x3000, PlatformSpec.PciHole64Start + 0x4000, PlatformSpec.PciHole64End,
        1UL << 52, 1UL << 63, ulong.MaxValue,
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_port_can_be_read_and_written_in_every_width(bool ioeventfd)
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);

        await node.AttackAsync(
            async cpu =>
            {
                await ReadEveryPort(cpu);
                await WriteEveryPort(cpu, new Random(1));
                var platform = await recovery.PutBackAndProve(cpu, new DriverOptions());
                await platform.PowerOff();
            },
            ioeventfd: ioeventfd);

        recovery.AssertProofs(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Memory_accesses_anywhere_in_64_bits_end_in_a_value_or_in_GP(int seed)
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);
        var protections = 0;

        await node.AttackAsync(async cpu =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 60_000; i++)
                protections += await AccessMemory(cpu, random) ? 0 : 1;
            var platform = await recovery.PutBackAndProve(cpu, new DriverOptions());
            await platform.PowerOff();
        });

        // Accesses across an edge, and other widths than 4 at the I/O APIC, are refused: there were some.
        Assert.NotEqual(0, protections);
        recovery.AssertProofs(1);
    }

    private static async GuestTask ReadEveryPort(GuestCpu cpu)
    {
        foreach (var size in PortSizes)
        {
            for (var port = 0; port < Ports; port++)
            {
                var value = await cpu.In((ushort)port, size);
                Recovery.Check(value <= IoAccess.OnesOf(size), $"port {port:x} gave more than it was asked for");
            }
        }
    }

    private static async GuestTask WriteEveryPort(GuestCpu cpu, Random random)
    {
        foreach (var size in PortSizes)
        {
            for (var port = 0; port < Ports; port++)
            {
                if (port is not (PlatformSpec.Pm1aControlPort or PlatformSpec.ResetControlPort or PlatformSpec.KeyboardControllerPort))
                    await cpu.Out((ushort)port, size, (uint)random.NextInt64(uint.MaxValue + 1L));
            }
        }
    }

    private static async GuestTask<bool> AccessMemory(GuestCpu cpu, Random random)
    {
        var size = 1 << random.Next(4);
        var address = random.Next(4) == 0
            ? (ulong)random.NextInt64(long.MinValue, long.MaxValue)
            : Landmarks[random.Next(Landmarks.Length)] + (ulong)(random.Next(96) - 48);
        try
        {
            if (random.Next(2) == 0)
            {
                var value = await cpu.Load(address, size);
                Recovery.Check(value <= IoAccess.OnesOf(size), $"{address:x} gave more than it was asked for");
            }
            else
            {
                await cpu.Store(address, size, (ulong)random.NextInt64(long.MinValue, long.MaxValue));
            }

            return true;
        }
        catch (GeneralProtectionException)
        {
            return false;
        }
    }
}
