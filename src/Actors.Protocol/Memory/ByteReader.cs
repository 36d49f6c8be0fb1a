using System.Buffers.Binary;

namespace Actors.Protocol;

/// <summary>Reads a run of bytes that came from elsewhere. Every step checks what is left; once a step failed, all that follow do.</summary>
public ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _all = bytes;
    private int _at;

    /// <summary>No step has failed.</summary>
    public bool IsGood { get; private set; } = true;

    /// <summary>Bytes read.</summary>
    public readonly int Position => _at;

    /// <summary>Nothing is left.</summary>
    public readonly bool IsAtEnd => _at == _all.Length;

    /// <summary>The next bytes; empty when there aren't as many.</summary>
    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (!IsGood || (uint)count > (uint)(_all.Length - _at))
        {
            IsGood = false;
            return default;
        }

        _at += count;
        return _all.Slice(_at - count, count);
    }

    /// <summary>A number; 0 after a failure.</summary>
    public byte Byte() => Bytes(1) is { Length: 1 } taken ? taken[0] : (byte)0;

    /// <summary>0 or 1; anything else is a failure.</summary>
    public bool Bool()
    {
        var value = Byte();
        IsGood &= value <= 1;
        return value == 1;
    }

    /// <summary>A number; 0 after a failure.</summary>
    public ushort UInt16() => Bytes(2) is { Length: 2 } taken ? BinaryPrimitives.ReadUInt16LittleEndian(taken) : (ushort)0;

    /// <summary>A number; 0 after a failure.</summary>
    public int Int32() => Bytes(4) is { Length: 4 } taken ? BinaryPrimitives.ReadInt32LittleEndian(taken) : 0;

    /// <summary>A number; 0 after a failure.</summary>
    public ulong UInt64() => Bytes(8) is { Length: 8 } taken ? BinaryPrimitives.ReadUInt64LittleEndian(taken) : 0;
}
