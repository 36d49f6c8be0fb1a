using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// Hands out addresses for BARs that nobody assigned: from the end of each window downwards, since whoever assigned the others began at its start.
/// </summary>
public sealed class PciAddressAllocator
{
    private ulong _portsEnd = PlatformSpec.PciIoEnd;
    private ulong _memory32End = PlatformSpec.PciHole32End;
    private ulong _memory64End = PlatformSpec.PciHole64End;

    /// <summary>An address for a BAR of this kind and size, aligned to its size; 0 when the window is full.</summary>
    public ulong Allocate(PciBarKind kind, ulong size) => kind switch
    {
        PciBarKind.Io => Take(ref _portsEnd, PlatformSpec.PciIoStart, size),
        PciBarKind.Memory32 => Take(ref _memory32End, PlatformSpec.PciHole32Start, size),
        PciBarKind.Memory64 => Take(ref _memory64End, PlatformSpec.PciHole64Start, size),
        _ => 0,
    };

    private static ulong Take(ref ulong end, ulong start, ulong size)
    {
        if (size == 0 || (size & (size - 1)) != 0 || size > end - start)
            return 0;
        var address = (end - size) & ~(size - 1);
        if (address < start)
            return 0;
        end = address;
        return address;
    }
}
