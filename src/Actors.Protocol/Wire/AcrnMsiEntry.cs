using System.Buffers.Binary;

namespace Actors.Protocol;

/// <summary>acrn_msi_entry, the argument of ioctl INJECT_MSI and a part of <see cref="AcrnIrqfd"/>.</summary>
public readonly record struct AcrnMsiEntry(ulong Address, ulong Data)
{
    /// <summary>Reads one.</summary>
    public static AbiResult TryRead(ReadOnlySpan<byte> bytes, out AcrnMsiEntry value)
    {
        value = default;
        if (bytes.Length < AcrnAbiSpec.MsiEntryBytes)
            return AbiResult.BadLength;

        value = new AcrnMsiEntry(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
        return AbiResult.Ok;
    }

    /// <summary>Writes it.</summary>
    public AbiResult Write(Span<byte> bytes)
    {
        if (bytes.Length < AcrnAbiSpec.MsiEntryBytes)
            return AbiResult.BadLength;

        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Address);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Data);
        return AbiResult.Ok;
    }
}
