using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>What an access of guest RAM by the device model hits, as the driver set it up.</summary>
/// <param name="Device">Whose access; null when no device is at work.</param>
/// <param name="Queue">The queue whose ring or chain is hit, or null.</param>
/// <param name="Chain">The chain whose part is hit, or null.</param>
/// <param name="Area">Which part.</param>
/// <param name="Offset">Index of a ring's entry or descriptor; offset in the chain's readable or writable part; else 0.</param>
/// <param name="IsStale">True when what is hit belongs to an earlier life of the device or queue.</param>
/// <param name="Access">The access.</param>
internal readonly record struct RingAccess(
    VirtioDeviceView? Device, VirtioQueueView? Queue, VirtioChainView? Chain, RingArea Area, long Offset, bool IsStale, MemoryEvent Access)
{
    /// <summary>Whether a device may do that (virtio 1.2 clause 2.7): write used rings and writable parts, read the rest.</summary>
    public bool IsAllowed => !IsStale && Area switch
    {
        RingArea.UsedFlags or RingArea.UsedIndex or RingArea.UsedElement or RingArea.AvailableEvent => true,
        RingArea.Readable => !Access.IsWrite && Chain!.IsOutstanding,
        RingArea.Writable => Access.IsWrite && Chain!.IsOutstanding,
        RingArea.Outside => false,
        _ => !Access.IsWrite,
    };
}

/// <summary>Where the rings of a queue are.</summary>
/// <param name="Size">Entries.</param>
/// <param name="Descriptors">Descriptor table.</param>
/// <param name="Available">Available ring.</param>
/// <param name="Used">Used ring.</param>
internal readonly record struct RingPlace(int Size, ulong Descriptors, ulong Available, ulong Used)
{
    /// <summary>The legacy layout: one area that begins at a page (virtio 1.2 clause 2.7.2).</summary>
    public static RingPlace Legacy(uint page, int size)
    {
        var descriptors = page * (ulong)VirtioPciSpec.LegacyPageSize;
        var available = descriptors + (ulong)VirtioSpec.DescriptorTableBytes(size);
        var used = (available + (ulong)VirtioSpec.AvailBytes(size) + VirtioSpec.LegacyAlignment - 1) & ~(ulong)(VirtioSpec.LegacyAlignment - 1);
        return new RingPlace(size, descriptors, available, used);
    }

    /// <summary>Whether the rings overlap one another.</summary>
    public bool IsTangled =>
        Overlaps(Available, (ulong)VirtioSpec.AvailBytes(Size), Used, (ulong)VirtioSpec.UsedBytes(Size))
        || Overlaps(Available, (ulong)VirtioSpec.AvailBytes(Size), Descriptors, (ulong)VirtioSpec.DescriptorTableBytes(Size))
        || Overlaps(Used, (ulong)VirtioSpec.UsedBytes(Size), Descriptors, (ulong)VirtioSpec.DescriptorTableBytes(Size));

    /// <summary>Whether an access lies in one of the rings that a device may make it in: it writes used rings only.</summary>
    public bool Admits(in MemoryEvent access) =>
        Hits(access.Address, access.Length, Used, VirtioSpec.UsedBytes(Size), out _)
        || (!access.IsWrite && (Hits(access.Address, access.Length, Available, VirtioSpec.AvailBytes(Size), out _)
            || Hits(access.Address, access.Length, Descriptors, VirtioSpec.DescriptorTableBytes(Size), out _)));

    /// <summary>Whether an access lies in an area, and at which offset.</summary>
    public static bool Hits(ulong address, int length, ulong start, int bytes, out int at)
    {
        var distance = address - start;
        at = (int)Math.Min(distance, int.MaxValue);
        return distance < (ulong)bytes && distance + (ulong)length <= (ulong)bytes;
    }

    /// <summary>Whether two areas overlap.</summary>
    public static bool Overlaps(ulong a, ulong aBytes, ulong b, ulong bBytes) => a < b + bBytes && b < a + aBytes;
}

/// <summary>Parts of a split virtqueue and its chains (virtio 1.2 clause 2.7).</summary>
internal enum RingArea : byte
{
    /// <summary>Nothing that the driver gave to the device.</summary>
    Outside,

    /// <summary>Descriptor table.</summary>
    Descriptor,

    /// <summary>A table that an indirect descriptor names.</summary>
    IndirectTable,

    /// <summary>Available ring: flags.</summary>
    AvailableFlags,

    /// <summary>Available ring: index.</summary>
    AvailableIndex,

    /// <summary>Available ring: an entry.</summary>
    AvailableEntry,

    /// <summary>Available ring: used_event.</summary>
    UsedEvent,

    /// <summary>Used ring: flags.</summary>
    UsedFlags,

    /// <summary>Used ring: index.</summary>
    UsedIndex,

    /// <summary>Used ring: an element.</summary>
    UsedElement,

    /// <summary>Used ring: avail_event.</summary>
    AvailableEvent,

    /// <summary>A chain's part that the device reads.</summary>
    Readable,

    /// <summary>A chain's part that the device writes.</summary>
    Writable,
}
