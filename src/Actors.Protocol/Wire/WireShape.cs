using System.Collections.Immutable;
using System.Text.Unicode;

namespace Actors.Protocol;

/// <summary>
/// The bytes that a value may have in Hyperion's format, version tolerance and object references off. Hyperion believes every length and type number it
/// reads, allocates first and nests as deep as it is told; so received bytes are walked by these shapes before Hyperion sees them.
/// </summary>
internal abstract class WireShape
{
    /// <summary>Passes over one value. False: these bytes aren't one.</summary>
    public abstract bool Skip(ref WireCursor cursor);
}

/// <summary>Numbers: any bytes will do.</summary>
internal sealed class FixedShape(int bytes) : WireShape
{
    public int Bytes => bytes;

    public override bool Skip(ref WireCursor cursor) => cursor.TryTake(bytes, out _);
}

/// <summary>A bool, 0 or 1.</summary>
internal sealed class BoolShape : WireShape
{
    public override bool Skip(ref WireCursor cursor) => cursor.TryByte(out var value) && value <= 1;
}

/// <summary>An enum's number, which must be a defined one, or made of defined flags.</summary>
internal sealed class EnumShape(int bytes, ImmutableArray<ulong> defined, bool isFlags) : WireShape
{
    private readonly ulong _mask = defined.Aggregate(0UL, (mask, value) => mask | value);

    public override bool Skip(ref WireCursor cursor)
    {
        if (!cursor.TryTake(bytes, out var taken))
            return false;

        var value = 0UL;
        for (var index = bytes - 1; index >= 0; index--)
            value = (value << 8) | taken[index];
        return isFlags ? (value & ~_mask) == 0 : defined.Contains(value);
    }
}

/// <summary>A string: 0 for null, length + 1 in a byte, or 255 and four bytes of length; then UTF-8.</summary>
internal sealed class StringShape(bool isNullable) : WireShape
{
    private const byte LongForm = 255;

    public override bool Skip(ref WireCursor cursor)
    {
        if (!cursor.TryByte(out var first))
            return false;
        if (first == 0)
            return isNullable;

        var length = first - 1;
        return (first != LongForm || cursor.TryInt32(out length)) && cursor.TryTake(length, out var text) && Utf8.IsValid(text);
    }
}

/// <summary>An actor's path as <see cref="WireActorRefSerializer"/> writes it.</summary>
internal sealed class ActorPathShape : WireShape
{
    public override bool Skip(ref WireCursor cursor) =>
        cursor.TryUInt16(out var length) && length <= WireLimits.MaxActorPathBytes && cursor.TryTake(length, out var path) && Utf8.IsValid(path);
}

/// <summary>An array as <see cref="WireArraySerializer{T}"/> writes it.</summary>
internal sealed class ArrayShape(WireShape element) : WireShape
{
    public override bool Skip(ref WireCursor cursor)
    {
        // An element has at least one byte, so a count beyond what is left is a lie that needn't be walked.
        if (!cursor.TryInt32(out var count) || count < WireArray.DefaultCount || count > cursor.Left)
            return false;

        for (var index = 0; index < count; index++)
        {
            if (!element.Skip(ref cursor))
                return false;
        }

        return true;
    }
}

/// <summary>Plain bytes as <see cref="WireBytesSerializer"/> writes them.</summary>
internal sealed class BytesShape : WireShape
{
    public override bool Skip(ref WireCursor cursor) =>
        cursor.TryInt32(out var count) && count <= WireLimits.MaxRunBytes && (count == WireArray.DefaultCount || cursor.TryTake(count, out _));
}

/// <summary>A record: its fields in the order of their names.</summary>
internal sealed class RecordShape(ImmutableArray<WireShape> fields) : WireShape
{
    public override bool Skip(ref WireCursor cursor)
    {
        foreach (var field in fields)
        {
            if (!field.Skip(ref cursor))
                return false;
        }

        return true;
    }
}

/// <summary>A value behind its type number, or null.</summary>
internal sealed class NumberedShape(ushort number, WireShape value, bool isNullable) : WireShape
{
    public override bool Skip(ref WireCursor cursor)
    {
        if (!cursor.TryByte(out var manifest))
            return false;

        return manifest switch
        {
            WireManifest.Null => isNullable,
            WireManifest.Numbered => cursor.TryUInt16(out var found) && found == number && value.Skip(ref cursor),
            _ => false,
        };
    }
}

/// <summary>A string where any object may stand: in an array.</summary>
internal sealed class StringObjectShape(bool isNullable) : WireShape
{
    private readonly StringShape _text = new(isNullable: false);

    public override bool Skip(ref WireCursor cursor)
    {
        if (!cursor.TryByte(out var manifest))
            return false;

        return manifest switch
        {
            WireManifest.Null => isNullable,
            WireManifest.String => _text.Skip(ref cursor),
            _ => false,
        };
    }
}
