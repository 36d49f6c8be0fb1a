using System.Buffers.Binary;
using System.Text;

namespace Actors.Simulation;

/// <summary>Reads what <see cref="ChoiceLogWriter"/> wrote; whatever the bytes are, it neither throws nor takes more memory than they have.</summary>
internal ref struct ChoiceLogReader(ReadOnlySpan<byte> bytes)
{
    private const int Checksum = 8;

    private readonly ReadOnlySpan<byte> _all = bytes;
    private ReadOnlySpan<byte> _rest = bytes.Length < Checksum ? default : bytes[..^Checksum];

    /// <summary>True once something couldn't be read.</summary>
    public bool IsBroken { get; private set; }

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Whether the checksum fits.</summary>
    public readonly bool IsSealed =>
        _all.Length >= Checksum && BinaryPrimitives.ReadUInt64LittleEndian(_all[^Checksum..]) == TraceHash.Of(_all[..^Checksum]);

    public void Skip(int count) => Take(count);

    public ulong Number()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_rest.IsEmpty)
                break;
            var one = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(one & 0x7F) << shift;
            if (one < 0x80)
                return value;
        }

        IsBroken = true;
        return 0;
    }

    public long Signed()
    {
        var value = Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int Index()
    {
        var value = Number();
        IsBroken |= value > int.MaxValue;
        return (int)(value & int.MaxValue);
    }

    /// <summary>How many things of at least so many bytes follow.</summary>
    public int Count(int size)
    {
        var value = Number();
        if (value <= (ulong)(_rest.Length / size))
            return (int)value;
        IsBroken = true;
        return 0;
    }

    public ulong Fixed() => Take(8) is { Length: 8 } bytes ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;

    public string Text() => Encoding.UTF8.GetString(Take(Count(1)));

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            IsBroken = true;
            return default;
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
