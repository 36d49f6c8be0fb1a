using Actors.Protocol;

namespace Actors.Guest;

/// <summary>A base address register.</summary>
/// <param name="Index">0-5.</param>
/// <param name="Kind">What it decodes.</param>
/// <param name="Address">First port or byte; 0 when nobody assigned it.</param>
/// <param name="Size">Ports or bytes; 0 when it was not sized.</param>
/// <param name="Prefetchable">Prefetchable memory.</param>
public readonly record struct PciBar(int Index, PciBarKind Kind, ulong Address, ulong Size, bool Prefetchable)
{
    /// <summary>True when it decodes memory.</summary>
    public bool IsMemory => Kind is PciBarKind.Memory32 or PciBarKind.Memory64;

    /// <summary>Splits a register's low half, and its high half where there is one.</summary>
    internal static PciBar Parse(int index, uint low, uint high)
    {
        if ((low & PciSpec.BarIo) != 0)
            return new(index, PciBarKind.Io, low & ~3u, 0, false);
        var wide = IsWide(low);
        var address = (low & ~0xFUL) | (wide ? (ulong)high << 32 : 0);
        return new(index, wide ? PciBarKind.Memory64 : PciBarKind.Memory32, address, 0, (low & PciSpec.BarPrefetchable) != 0);
    }

    /// <summary>True for a memory register that goes on in the next one.</summary>
    internal static bool IsWide(uint low) => (low & PciSpec.BarIo) == 0 && (low & 6) == PciSpec.BarMemory64;

    /// <summary>The size that a register's answer to all ones means; 0 when it isn't implemented.</summary>
    internal static ulong SizeOf(PciBarKind kind, uint low, uint high)
    {
        switch (kind)
        {
            case PciBarKind.Io:
                var ports = low & ~3u;
                return ports == 0 ? 0 : (~(ports | ((ports >> 16) == 0 ? 0xFFFF_0000 : 0)) + 1);
            case PciBarKind.Memory32:
                var bytes = low & ~0xFu;
                return bytes == 0 ? 0 : ~bytes + 1;
            case PciBarKind.Memory64:
                var mask = ((ulong)high << 32) | (low & ~0xFu);
                return mask == 0 ? 0 : ~mask + 1;
            default:
                return 0;
        }
    }
}

/// <summary>What a BAR decodes.</summary>
public enum PciBarKind : byte
{
    /// <summary>Not implemented, or the high half of the BAR before.</summary>
    None,

    /// <summary>Ports.</summary>
    Io,

    /// <summary>Memory below 4 GiB.</summary>
    Memory32,

    /// <summary>Memory anywhere; takes two registers.</summary>
    Memory64,
}
