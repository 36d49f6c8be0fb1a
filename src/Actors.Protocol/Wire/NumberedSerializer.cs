using System.Buffers.Binary;
using Hyperion;
using Hyperion.ValueSerializers;

namespace Actors.Protocol;

/// <summary>Base of our own value serializers: a type number for a manifest, and little-endian counts.</summary>
internal abstract class NumberedSerializer(ushort number) : ValueSerializer
{
    public sealed override void WriteManifest(Stream stream, SerializerSession session)
    {
        stream.WriteByte(WireManifest.Numbered);
        WriteUInt16(stream, number);
    }

    protected static void WriteUInt16(Stream stream, ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    protected static void WriteInt32(Stream stream, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    protected static ushort ReadUInt16(Stream stream)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        stream.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    protected static int ReadInt32(Stream stream)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        stream.ReadExactly(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }
}
