using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// RAM of a guest, handed out from low to high and never taken back. Small things lie close together, so that a guest that does little
/// touches few pages.
/// </summary>
public sealed class GuestHeap
{
    /// <summary>What lies below belongs to the program itself (start-up page of application processors).</summary>
    public const ulong Start = 0x1_0000;

    /// <summary>Bytes of a page.</summary>
    public const int PageSize = 4096;

    private readonly ulong _end;
    private ulong _next = Start;

    /// <summary>A heap over the machine's low RAM.</summary>
    public GuestHeap(ulong memoryBytes) => _end = Math.Min(memoryBytes, VmLimits.LowRamEnd);

    /// <summary>Bytes left.</summary>
    public ulong Free => _end > _next ? _end - _next : 0;

    /// <summary>Takes zeroed RAM. Bytes of a page or more start on a page.</summary>
    /// <exception cref="InsufficientGuestMemoryException">There is not that much left.</exception>
    public ulong Allocate(int bytes, int alignment = 16)
    {
        var align = (ulong)(bytes >= PageSize ? Math.Max(alignment, PageSize) : alignment);
        var address = (_next + align - 1) & ~(align - 1);
        if (address + (ulong)bytes > _end)
            throw new InsufficientGuestMemoryException(bytes);
        _next = address + (ulong)bytes;
        return address;
    }
}
