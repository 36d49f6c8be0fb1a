using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A driver that does anything to the first device: it goes on from whatever state that is in.</summary>
internal sealed class HostileSession(GuestCpu cpu, Prng random)
{
    private const ulong Common = PlatformSpec.PciHole64Start + VirtioPciSpec.CommonOffset;
    private const ulong Device = PlatformSpec.PciHole64Start + VirtioPciSpec.DeviceOffset;
    private const ulong Notify = PlatformSpec.PciHole64Start + VirtioPciSpec.NotifyOffset;
    private const ushort Legacy = PlatformSpec.PciIoStart;
    private const int Queues = 6;

    private static readonly byte[] Statuses = [0, 1, 3, 7, 11, 15, 64, 128, 255];

    /// <summary>True when the device once said that it needs a reset.</summary>
    public bool SawNeedsReset { get; private set; }

    /// <summary>Does one thing.</summary>
    public async GuestTask Step()
    {
        switch (random.Below(14))
        {
            case 0:
                await cpu.Store(Common + VirtioPciSpec.DeviceStatus, 1, Statuses[random.Below(Statuses.Length)]);
                break;
            case 1:
                await cpu.Out(Legacy + VirtioPciSpec.LegacyStatus, 1, Statuses[random.Below(Statuses.Length)]);
                break;
            case 2:
                await SetUpQueue();
                break;
            case 3:
                await SetUpLegacyQueue();
                break;
            case 4:
                await cpu.Store(Common + (ulong)random.Below(VirtioPciSpec.CommonSize), 1 << random.Below(4), random.Next());
                break;
            case 5:
                await cpu.Out((ushort)(Legacy + random.Below(36)), 1 << random.Below(3), (uint)random.Next());
                break;
            case 6:
                await cpu.Store(Device + (ulong)random.Below(16), 1 << random.Below(4), (ulong)random.Below(256));
                break;
            case 7:
                await cpu.Load(PlatformSpec.PciHole64Start + (ulong)random.Below(VirtioPciSpec.ModernBarSize), 1 << random.Below(4));
                break;
            case 8:
                await Negotiate();
                break;
            case 9:
                await cpu.Store(PlatformSpec.PciHole32Start + (ulong)random.Below(VirtioPciSpec.ModernBarSize), 4, random.Next());
                break;
            default:
                Scribble();
                await Kick();
                break;
        }

        if (random.Below(8) == 0)
            SawNeedsReset |= ((byte)await cpu.Load(Common + VirtioPciSpec.DeviceStatus, 1) & VirtioSpec.StatusNeedsReset) != 0;
    }

    /// <summary>Rings some queue's doorbell.</summary>
    public async GuestTask Kick()
    {
        if (random.Below(3) == 0)
            await cpu.Out(Legacy + VirtioPciSpec.LegacyQueueNotify, 2, (uint)random.Below(Queues));
        else
            await cpu.Store(Notify + (ulong)(random.Below(Queues) * VirtioPciSpec.NotifyMultiplier), 2, (ulong)random.Below(Queues));
    }

    /// <summary>Writes to RAM where drivers have their rings.</summary>
    public void Scribble()
    {
        for (var left = random.Below(10); left > 0; left--)
            HostileRings.WriteDescriptor(cpu, GuestHeap.Start + ((ulong)random.Below(0x1_0000) & ~15UL), random);
        if (random.Below(2) == 0)
            cpu.Memory.TryWriteUInt16(GuestHeap.Start + ((ulong)random.Below(0x8000) & ~1UL), (ushort)random.Below(200));
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
        for (var queues = random.Below(5); queues > 0; queues--)
            await SetUpQueue();
        await cpu.Store(Common + VirtioPciSpec.DeviceStatus, 1, 15);
    }

    private async GuestTask SetUpQueue()
    {
        await cpu.Store(Common + VirtioPciSpec.QueueSelect, 2, (ulong)random.Below(Queues));
        await cpu.Store(Common + VirtioPciSpec.QueueSize, 2, random.Below(3) == 0 ? (ulong)random.Below(0x1_0000) : 1UL << random.Below(8));
        await cpu.Store(Common + VirtioPciSpec.QueueMsixVector, 2, (ulong)random.Below(8));
        await cpu.Store(Common + VirtioPciSpec.QueueDesc, 8, HostileRings.Place(cpu, random));
        await cpu.Store(Common + VirtioPciSpec.QueueDriver, 8, HostileRings.Place(cpu, random));
        await cpu.Store(Common + VirtioPciSpec.QueueDevice, 8, HostileRings.Place(cpu, random));
        await cpu.Store(Common + VirtioPciSpec.QueueEnable, 2, (ulong)random.Below(3));
        if (random.Below(4) == 0)
            await cpu.Store(Common + VirtioPciSpec.QueueReset, 2, 1);
    }

    private async GuestTask SetUpLegacyQueue()
    {
        await cpu.Out(Legacy + VirtioPciSpec.LegacyQueueSelect, 2, (uint)random.Below(Queues));
        await cpu.Out(Legacy + VirtioPciSpec.LegacyQueuePfn, 4, (uint)(HostileRings.Place(cpu, random) >> 12));
        if (random.Below(2) == 0)
            await cpu.Out(Legacy + VirtioPciSpec.LegacyStatus, 1, 7);
    }
}
