using System.Numerics;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Gives the BARs of a machine their first addresses, naturally aligned and in the order asked, as firmware would. Unlike ACRN's it doesn't round I/O BARs
/// up to 4 KiB, so that the port window holds hundreds of them and not fourteen.
/// </summary>
internal sealed class PciBarAllocator
{
    private const ulong MemoryGranule = 0x1000;
    private const ulong MemoryBelow4GiB = 32 << 20;

    private ulong _nextPort = PlatformSpec.PciIoStart;
    private ulong _nextLow = PlatformSpec.PciHole32Start;
    private ulong _nextHigh = PlatformSpec.PciHole64Start;

    /// <summary>Takes room for a BAR.</summary>
    /// <param name="kind">I/O, 32- or 64-bit memory; a 64-bit BAR above 32 MiB goes above RAM, a smaller one below 4 GiB.</param>
    /// <param name="size">Bytes, a power of two.</param>
    /// <exception cref="PciSetupException">The window is full.</exception>
    public ulong Allocate(PciBarKind kind, ulong size)
    {
        if (!BitOperations.IsPow2(size))
            throw new ArgumentOutOfRangeException(nameof(size), size, "A BAR's size is a power of two.");
        return kind switch
        {
            PciBarKind.Io => Take(ref _nextPort, size, PlatformSpec.PciIoEnd, "I/O ports (0x2000-0xffff)"),
            PciBarKind.Memory64 when size > MemoryBelow4GiB =>
                Take(ref _nextHigh, size, PlatformSpec.PciHole64End, "64-bit PCI memory (0x4000000000-0x7fffffffff)"),
            PciBarKind.Memory32 or PciBarKind.Memory64 =>
                Take(ref _nextLow, Math.Max(size, MemoryGranule), PlatformSpec.PciHole32End, "PCI memory (0x80000000-0xdfffffff)"),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Only I/O and memory BARs have an address."),
        };
    }

    private static ulong Take(ref ulong next, ulong size, ulong end, string window)
    {
        var at = (next + (size - 1)) & ~(size - 1);
        if (at >= end || size > end - at)
            throw new PciSetupException($"The PCI devices of this machine need more {window} than there are: a BAR of {size} bytes found no room. Use fewer devices.");
        next = at + size;
        return at;
    }
}
