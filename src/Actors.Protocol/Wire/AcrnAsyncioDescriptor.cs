using System.Buffers.Binary;

namespace Actors.Protocol;

/// <summary>acrn_asyncio_info, the argument of hypercalls ASYNCIO_ASSIGN and ASYNCIO_DEASSIGN.</summary>
public static class AcrnAsyncioDescriptor
{
    private const uint PortIo = 1;
    private const uint Mmio = 2;

    /// <summary>Reads one. The ABI has no length, so the descriptor gets the largest one: ACRN compares addresses only.</summary>
    public static AbiResult TryRead(ReadOnlySpan<byte> bytes, out AsyncioDescriptor value)
    {
        value = default;
        if (bytes.Length < AcrnAbiSpec.AsyncioDescriptorBytes)
            return AbiResult.BadLength;

        var type = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (type is not (PortIo or Mmio))
            return AbiResult.BadType;

        var address = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        if (address == 0 || (type == PortIo && address > 0xFFFF))
            return AbiResult.BadAddress;

        value = new AsyncioDescriptor(
            type == PortIo ? IoRequestType.PortIo : IoRequestType.Mmio,
            address,
            type == PortIo ? (byte)4 : (byte)8,
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != 0,
            Data: BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            Cookie: BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
        return AbiResult.Ok;
    }

    /// <summary>Writes one; its length is lost.</summary>
    public static AbiResult Write(Span<byte> bytes, in AsyncioDescriptor value)
    {
        if (bytes.Length < AcrnAbiSpec.AsyncioDescriptorBytes)
            return AbiResult.BadLength;
        if (value.Type is not (IoRequestType.PortIo or IoRequestType.Mmio))
            return AbiResult.BadType;

        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value.Type == IoRequestType.PortIo ? PortIo : Mmio);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], value.DataMatch ? 1u : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], value.Address);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], value.Cookie);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], value.Data);
        return AbiResult.Ok;
    }
}
