using System.Buffers.Binary;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>A driver that does anything: it continues from whatever state the device is in.</summary>
internal sealed class HostileDriver(GuestCpu cpu, Random random)
{
    private const int Steps = 120;
    private const ulong Common = PlatformSpec.PciHole64Start + VirtioPciSpec.CommonOffset;
    private const ulong Device = PlatformSpec.PciHole64Start + VirtioPciSpec.DeviceOffset;
    private const ulong Notify = PlatformSpec.PciHole64Start + VirtioPciSpec.NotifyOffset;
    private const ushort Legacy = PlatformSpec.PciIoStart;
    private const ulong RingsEnd = 0x6_0000;

    /// <summary>Places where no ring or buffer should be, and some where it may.</summary>
    private static readonly ulong[] Places =
    [
        0, 0x1_0000, 0x1_1000, 0x2_0000, HostileNode.MemoryBytes - 1, HostileNode.MemoryBytes - 16, HostileNode.MemoryBytes - 4096, HostileNode.MemoryBytes,
        VmLimits.LowRamEnd - 1, VmLimits.HighRamStart, PlatformSpec.PciHole32Start, PlatformSpec.PciHole64Start, PlatformSpec.LocalApicBase,
        PlatformSpec.IoApicBase, PlatformSpec.EcamBase, ulong.MaxValue, ulong.MaxValue - 15, ulong.MaxValue - 4095,
    ];

    private static readonly byte[] Statuses = [0, 1, 3, 7, 11, 15, 64, 128, 255];

    /// <summary>One session. Gives the device status bits that were seen on the way.</summary>
    public async GuestTask<int> Run(bool isModern)
    {
        var seen = 0;
        for (var step = 0; step < Steps; step++)
        {
            await Step();
            if (step % 10 == 0)
                seen |= (int)(isModern ? await cpu.Load(Common + VirtioPciSpec.DeviceStatus, 1) : await cpu.In(Legacy + VirtioPciSpec.LegacyStatus, 1));
        }

        return seen;
    }

    /// <summary>Rings some queue's doorbell.</summary>
    public async GuestTask Kick()
    {
        if (random.Next(3) == 0)
            await cpu.Out(Legacy + VirtioPciSpec.LegacyQueueNotify, 2, (uint)random.Next(6));
        else
            await cpu.Store(Notify + (ulong)(random.Next(6) * VirtioPciSpec.NotifyMultiplier), 2, (ulong)random.Next(6));
    }

    /// <summary>Writes to RAM where drivers have their rings: descriptors with hostile fields, indices, anything.</summary>
    public void DisturbRings()
    {
        Span<byte> bytes = stackalloc byte[VirtioSpec.DescriptorSize];
        for (var i = random.Next(20); i > 0; i--)
        {
            var address = GuestHeap.Start + ((ulong)random.NextInt64((long)(RingsEnd - GuestHeap.Start)) & ~15UL);
            if (random.Next(3) == 0)
            {
                random.NextBytes(bytes);
            }
            else
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, Place());
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], random.Next(4) switch { 0 => 0, 1 => uint.MaxValue, 2 => (uint)random.Next(64) * 16, _ => (uint)random.Next(5000) });
                BinaryPrimitives.WriteUInt16LittleEndian(bytes[12..], (ushort)random.Next(8));
                BinaryPrimitives.WriteUInt16LittleEndian(bytes[14..], (ushort)random.Next(80));
            }

            cpu.Memory.TryWrite(address, bytes);
        }

        if (random.Next(2) == 0)
            cpu.Memory.TryWriteUInt16(GuestHeap.Start + (ulong)(random.Next(0x8000) & ~1), (ushort)random.Next(200));
    }

    private async GuestTask Step()
    {
        switch (random.Next(12))
        {
            case 0:
                await cpu.Store(Common + VirtioPciSpec.DeviceStatus, 1, Statuses[random.Next(Statuses.Length)]);
                break;
            case 1:
                await cpu.Out(Legacy + VirtioPciSpec.LegacyStatus, 1, Statuses[random.Next(Statuses.Length)]);
                break;
            case 2:
                await SetUpQueue();
                break;
            case 3:
                await SetUpLegacyQueue();
                break;
            case 4:
                await cpu.Store(Common + (ulong)random.Next(VirtioPciSpec.CommonSize), 1 << random.Next(4), (ulong)random.NextInt64());
                break;
            case 5:
                await cpu.Out((ushort)(Legacy + random.Next(36)), 1 << random.Next(3), (uint)random.Next());
                break;
            case 6:
                await cpu.Store(Device + (ulong)random.Next(16), 1 << random.Next(4), (ulong)random.Next(256));
                break;
            case 7:
                await cpu.Load(PlatformSpec.PciHole64Start + (ulong)random.Next(VirtioPciSpec.ModernBarSize), 1 << random.Next(4));
                break;
            case 8:
                await Negotiate();
                break;
            default:
                DisturbRings();
                await Kick();
                break;
        }
    }

    private async GuestTask Negotiate()
    {
        await cpu.Store(Common + VirtioPciSpec.DeviceStatus, 1, 0);
        await cpu.Store(Common + VirtioPciSpec.DeviceStatus, 1, 3);
        for (var half = 0UL; half < 2; half++)
        {
            await cpu.Store(Common + VirtioPciSpec.DeviceFeatureSelect, 4, half);
            var offered = await cpu.Load(Common + VirtioPciSpec.DeviceFeature, 4);
            await cpu.Store(Common + VirtioPciSpec.DriverFeatureSelect, 4, half);
            await cpu.Store(Common + VirtioPciSpec.DriverFeature, 4, half == 1 ? offered : offered & (uint)random.Next());
        }

        await cpu.Store(Common + VirtioPciSpec.DeviceStatus, 1, 11);
        for (var queues = random.Next(5); queues > 0; queues--)
            await SetUpQueue();
        await cpu.Store(Common + VirtioPciSpec.DeviceStatus, 1, 15);
    }

    private async GuestTask SetUpQueue()
    {
        await cpu.Store(Common + VirtioPciSpec.QueueSelect, 2, (ulong)random.Next(6));
        await cpu.Store(Common + VirtioPciSpec.QueueSize, 2, random.Next(3) == 0 ? (ulong)random.Next(0x1_0000) : 1UL << random.Next(8));
        await cpu.Store(Common + VirtioPciSpec.QueueMsixVector, 2, (ulong)random.Next(8));
        await cpu.Store(Common + VirtioPciSpec.QueueDesc, 8, Place());
        await cpu.Store(Common + VirtioPciSpec.QueueDriver, 8, Place());
        await cpu.Store(Common + VirtioPciSpec.QueueDevice, 8, Place());
        await cpu.Store(Common + VirtioPciSpec.QueueEnable, 2, (ulong)random.Next(3));
        if (random.Next(4) == 0)
            await cpu.Store(Common + VirtioPciSpec.QueueReset, 2, 1);
    }

    private async GuestTask SetUpLegacyQueue()
    {
        await cpu.Out(Legacy + VirtioPciSpec.LegacyQueueSelect, 2, (uint)random.Next(6));
        await cpu.Out(Legacy + VirtioPciSpec.LegacyQueuePfn, 4, (uint)(Place() >> 12));
        if (random.Next(2) == 0)
            await cpu.Out(Legacy + VirtioPciSpec.LegacyStatus, 1, 7);
    }

    /// <summary>Mostly RAM, and aligned: what is refused at once teaches nothing.</summary>
    private ulong Place() => random.Next(4) == 0
        ? Places[random.Next(Places.Length)]
        : GuestHeap.Start + ((ulong)random.NextInt64((long)(RingsEnd - GuestHeap.Start)) & ~(random.Next(4) == 0 ? 0UL : 15UL));
}
