using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Hyperion;
using Hyperion.ValueSerializers;

namespace Actors.Protocol;

/// <summary>
/// An <see cref="ImmutableArray{T}"/>: count, then each element behind its type number. Hyperion's own loses default arrays and writes
/// the type's full name each time.
/// </summary>
internal sealed class WireArraySerializer<T>(Serializer serializer, ushort number) : NumberedSerializer(number)
{
    private readonly ValueSerializer _element = serializer.GetSerializerByType(typeof(T));

    public override void WriteValue(Stream stream, object value, SerializerSession session)
    {
        var array = (ImmutableArray<T>)value;
        WriteInt32(stream, array.IsDefault ? WireArray.DefaultCount : array.Length);
        if (array.IsDefaultOrEmpty)
            return;

        foreach (var element in array)
        {
            if (element is null)
            {
                stream.WriteByte(WireManifest.Null);
                continue;
            }

            _element.WriteManifest(stream, session);
            _element.WriteValue(stream, element, session);
        }
    }

    public override object ReadValue(Stream stream, DeserializerSession session)
    {
        var count = ReadInt32(stream);
        if (count == WireArray.DefaultCount)
            return default(ImmutableArray<T>);

        var elements = new T[count];
        for (var index = 0; index < count; index++)
            elements[index] = (T)session.Serializer.GetDeserializerByManifest(stream, session).ReadValue(stream, session);
        return ImmutableCollectionsMarshal.AsImmutableArray(elements);
    }

    public override Type GetElementType() => typeof(ImmutableArray<T>);
}
