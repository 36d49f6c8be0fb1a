namespace Actors.Protocol;

/// <summary>One guest access that an engine could not finish by itself.</summary>
/// <param name="Type">Address space.</param>
/// <param name="Direction">Read or write.</param>
/// <param name="Size">Bytes: 1, 2, 4, or (MMIO only) 8.</param>
/// <param name="Address">Port, guest-physical address or <see cref="PciConfigAddress"/>.</param>
/// <param name="Value">The value written, zero-extended from <paramref name="Size"/>; 0 for a read.</param>
public readonly record struct IoAccess(IoRequestType Type, IoDirection Direction, byte Size, ulong Address, ulong Value)
{
    /// <summary>True for a guest write.</summary>
    public bool IsWrite => Direction == IoDirection.Write;

    /// <summary>All ones of <see cref="Size"/> bytes: what an unclaimed read returns.</summary>
    public ulong AllOnes => OnesOf(Size);

    /// <summary>A port read of <paramref name="size"/> bytes.</summary>
    public static IoAccess In(ushort port, int size) => new(IoRequestType.PortIo, IoDirection.Read, (byte)size, port, 0);

    /// <summary>A port write of <paramref name="size"/> bytes.</summary>
    public static IoAccess Out(ushort port, int size, uint value) => new(IoRequestType.PortIo, IoDirection.Write, (byte)size, port, value & OnesOf(size));

    /// <summary>An MMIO read of <paramref name="size"/> bytes.</summary>
    public static IoAccess Load(ulong address, int size) => new(IoRequestType.Mmio, IoDirection.Read, (byte)size, address, 0);

    /// <summary>An MMIO write of <paramref name="size"/> bytes.</summary>
    public static IoAccess Store(ulong address, int size, ulong value) => new(IoRequestType.Mmio, IoDirection.Write, (byte)size, address, value & OnesOf(size));

    /// <summary>All ones of <paramref name="size"/> bytes (8 or more gives 64 ones).</summary>
    public static ulong OnesOf(int size) => size >= 8 ? ulong.MaxValue : (1UL << (size * 8)) - 1;

    /// <inheritdoc/>
    public override string ToString()
    {
        var space = Type switch { IoRequestType.PortIo => "pio", IoRequestType.Mmio => "mmio", IoRequestType.PciConfig => "pcicfg", _ => "wp" };
        return IsWrite ? $"{space} write{Size * 8} 0x{Address:x} = 0x{Value:x}" : $"{space} read{Size * 8} 0x{Address:x}";
    }
}
