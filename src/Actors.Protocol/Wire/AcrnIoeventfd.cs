using System.Buffers.Binary;

namespace Actors.Protocol;

/// <summary>acrn_ioeventfd, the argument of ioctl IOEVENTFD. Bytes only: whether length, flags and address make sense is the HSM's table's to say.</summary>
/// <param name="Fd">The eventfd; here a doorbell's cookie cut to 32 bits.</param>
/// <param name="Flags">Flags; unknown bits are carried along.</param>
/// <param name="Address">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Data">For data match.</param>
public readonly record struct AcrnIoeventfd(uint Fd, IoeventfdFlags Flags, ulong Address, uint Length, ulong Data)
{
    /// <summary>Reads one. A reserved field that isn't 0 is refused, as the ioctl does.</summary>
    public static AbiResult TryRead(ReadOnlySpan<byte> bytes, out AcrnIoeventfd value)
    {
        value = default;
        if (bytes.Length < AcrnAbiSpec.IoeventfdBytes)
            return AbiResult.BadLength;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]) != 0)
            return AbiResult.BadReserved;

        value = new AcrnIoeventfd(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            (IoeventfdFlags)BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));
        return AbiResult.Ok;
    }

    /// <summary>Writes it.</summary>
    public AbiResult Write(Span<byte> bytes)
    {
        if (bytes.Length < AcrnAbiSpec.IoeventfdBytes)
            return AbiResult.BadLength;

        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Fd);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], (uint)Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Address);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], Data);
        return AbiResult.Ok;
    }
}
