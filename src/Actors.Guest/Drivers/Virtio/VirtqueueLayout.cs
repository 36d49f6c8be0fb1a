using Actors.Protocol;

namespace Actors.Guest;

/// <summary>Where the three parts of a split virtqueue lie in RAM.</summary>
/// <param name="Size">Entries, a power of two.</param>
/// <param name="Descriptors">Descriptor table.</param>
/// <param name="Available">Available ring.</param>
/// <param name="Used">Used ring.</param>
public readonly record struct VirtqueueLayout(int Size, ulong Descriptors, ulong Available, ulong Used)
{
    /// <summary>The three parts one behind the other, as close as their alignments (16, 2, 4) allow.</summary>
    public static VirtqueueLayout Compact(GuestHeap heap, int size)
    {
        var used = AlignUp(VirtioSpec.DescriptorTableBytes(size) + VirtioSpec.AvailBytes(size), 4);
        return At(heap.Allocate(used + VirtioSpec.UsedBytes(size)), size, used);
    }

    /// <summary>The legacy layout: the whole on a page, the used ring on the next page boundary.</summary>
    public static VirtqueueLayout Legacy(GuestHeap heap, int size)
    {
        var used = AlignUp(VirtioSpec.DescriptorTableBytes(size) + VirtioSpec.AvailBytes(size), VirtioSpec.LegacyAlignment);
        var bytes = AlignUp(used + VirtioSpec.UsedBytes(size), VirtioSpec.LegacyAlignment);
        return At(heap.Allocate(bytes, VirtioPciSpec.LegacyPageSize), size, used);
    }

    private static VirtqueueLayout At(ulong address, int size, int used) =>
        new(size, address, address + (ulong)VirtioSpec.DescriptorTableBytes(size), address + (ulong)used);

    private static int AlignUp(int value, int alignment) => (value + alignment - 1) & -alignment;
}
