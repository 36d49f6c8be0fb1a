using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Serialization;
using Hyperion;

namespace Actors.Protocol;

/// <summary>Plain bytes: count, then the bytes, at most <see cref="WireLimits.MaxRunBytes"/>. One copy each way, none a byte.</summary>
internal sealed class WireBytesSerializer(ushort number) : NumberedSerializer(number)
{
    public override void WriteValue(Stream stream, object value, SerializerSession session)
    {
        var bytes = (ImmutableArray<byte>)value;
        WriteInt32(stream, bytes.IsDefault ? WireArray.DefaultCount : bytes.Length);
        if (bytes.IsDefaultOrEmpty)
            return;
        if (bytes.Length > WireLimits.MaxRunBytes)
            throw new SerializationException($"{bytes.Length} bytes in a row are more than {WireLimits.MaxRunBytes}.");
        stream.Write(bytes.AsSpan());
    }

    public override object ReadValue(Stream stream, DeserializerSession session)
    {
        var count = ReadInt32(stream);
        if (count == WireArray.DefaultCount)
            return default(ImmutableArray<byte>);
        if (count == 0)
            return ImmutableArray<byte>.Empty;
        var bytes = GC.AllocateUninitializedArray<byte>(count);
        stream.ReadExactly(bytes);
        return ImmutableCollectionsMarshal.AsImmutableArray(bytes);
    }

    public override Type GetElementType() => typeof(ImmutableArray<byte>);
}
