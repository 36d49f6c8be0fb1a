using System.Buffers.Binary;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Garbage for rings: what no driver writes (rows 34-65 of the behaviour table).</summary>
internal static class HostileRings
{
    /// <summary>Places where no buffer should be, and some where it may.</summary>
    private static readonly ulong[] Places =
    [
        0, GuestHeap.Start, 0x2_0000, VmLimits.LowRamEnd - 1, VmLimits.HighRamStart, PlatformSpec.PciHole32Start, PlatformSpec.PciHole64Start,
        PlatformSpec.LocalApicBase, PlatformSpec.IoApicBase, PlatformSpec.EcamBase, ulong.MaxValue, ulong.MaxValue - 15, ulong.MaxValue - 4095,
    ];

    /// <summary>An address, mostly one of RAM.</summary>
    public static ulong Place(GuestCpu cpu, Prng random) => random.Below(4) == 0
        ? random.Below(4) == 0 ? cpu.MemoryBytes - (ulong)random.Below(5000) : Places[random.Below(Places.Length)]
        : GuestHeap.Start + ((ulong)random.Below(0x8_0000) & ~(random.Below(4) == 0 ? 0UL : 15UL));

    /// <summary>Writes one thing into a queue's rings.</summary>
    public static bool Disturb(GuestCpu cpu, VirtqueueLayout layout, Prng random)
    {
        var memory = cpu.Memory;
        var entry = (ulong)random.Below(layout.Size);
        return random.Below(8) switch
        {
            0 => memory.TryWriteUInt16(layout.Available + VirtioSpec.AvailIndex, (ushort)random.Below(0x1_0000)),
            1 => memory.TryWriteUInt16(layout.Available + VirtioSpec.AvailRing + (2 * entry), (ushort)random.Below(2 * layout.Size)),
            2 => memory.TryWriteUInt16(layout.Available + VirtioSpec.AvailFlags, (ushort)random.Below(0x1_0000)),
            3 => memory.TryWriteUInt16(layout.Available + VirtioSpec.AvailRing + (2 * (ulong)layout.Size), (ushort)random.Below(0x1_0000)),
            4 => memory.TryWriteUInt16(layout.Used + VirtioSpec.UsedIndex, (ushort)random.Below(0x1_0000)),
            5 => memory.TryWriteUInt32(layout.Used + VirtioSpec.UsedRing + (VirtioSpec.UsedElementSize * entry), (uint)random.Next()),
            _ => WriteDescriptor(cpu, layout.Descriptors + (VirtioSpec.DescriptorSize * entry), random),
        };
    }

    /// <summary>Writes a descriptor with hostile fields.</summary>
    public static bool WriteDescriptor(GuestCpu cpu, ulong at, Prng random)
    {
        Span<byte> bytes = stackalloc byte[VirtioSpec.DescriptorSize];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Place(cpu, random));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], random.Below(4) switch { 0 => 0, 1 => uint.MaxValue, 2 => (uint)random.Below(64) * 16, _ => (uint)random.Below(5000) });
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[12..], (ushort)random.Below(8));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[14..], (ushort)random.Below(80));
        return cpu.Memory.TryWrite(at, bytes);
    }
}
