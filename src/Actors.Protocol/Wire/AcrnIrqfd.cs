using System.Buffers.Binary;

namespace Actors.Protocol;

/// <summary>acrn_irqfd, the argument of ioctl IRQFD.</summary>
/// <param name="Fd">The eventfd.</param>
/// <param name="Flags">1 deassigns (<see cref="DeassignFlag"/>).</param>
/// <param name="Msi">What a signal injects, fixed at assign.</param>
public readonly record struct AcrnIrqfd(int Fd, uint Flags, AcrnMsiEntry Msi)
{
    /// <summary>ACRN_IRQFD_FLAG_DEASSIGN.</summary>
    public const uint DeassignFlag = 1;

    private const int MsiOffset = 8;

    /// <summary>True when the entry is to be removed.</summary>
    public bool Deassign => (Flags & DeassignFlag) != 0;

    /// <summary>Reads one.</summary>
    public static AbiResult TryRead(ReadOnlySpan<byte> bytes, out AcrnIrqfd value)
    {
        value = default;
        if (bytes.Length < AcrnAbiSpec.IrqfdBytes)
            return AbiResult.BadLength;

        var result = AcrnMsiEntry.TryRead(bytes[MsiOffset..], out var msi);
        value = new AcrnIrqfd(BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]), msi);
        return result;
    }

    /// <summary>Writes it.</summary>
    public AbiResult Write(Span<byte> bytes)
    {
        if (bytes.Length < AcrnAbiSpec.IrqfdBytes)
            return AbiResult.BadLength;

        BinaryPrimitives.WriteInt32LittleEndian(bytes, Fd);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Flags);
        return Msi.Write(bytes[MsiOffset..]);
    }
}
