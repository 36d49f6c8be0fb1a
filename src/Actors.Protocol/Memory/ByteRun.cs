using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Actors.Protocol;

/// <summary>Bytes that are put together one behind the other, in a rented buffer, which goes back when they are taken or dropped. Numbers are little-endian.</summary>
public sealed class ByteRun : IBufferWriter<byte>
{
    private const int FirstCapacity = 256;

    private byte[] _bytes = [];

    /// <summary>Bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes so far.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Room for so many bytes, to be filled.</summary>
    public Span<byte> Add(int count)
    {
        var need = Length + count;
        if (need > _bytes.Length)
            Grow(need);
        var room = _bytes.AsSpan(Length, count);
        Length = need;
        return room;
    }

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Add(bytes.Length));

    /// <summary>Adds a number.</summary>
    public void AddByte(byte value) => Add(1)[0] = value;

    /// <summary>Adds a number.</summary>
    public void AddUInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Add(sizeof(ushort)), value);

    /// <summary>Adds a number.</summary>
    public void AddInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Add(sizeof(int)), value);

    /// <summary>Adds a number.</summary>
    public void AddUInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Add(sizeof(ulong)), value);

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (Length + Math.Max(sizeHint, 1) > _bytes.Length)
            Grow(Length + Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _bytes.AsMemory(Length);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - Length);
        Length += count;
    }

    /// <summary>Changes a number that was added.</summary>
    public void PatchInt32(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(at, sizeof(int)), value);

    /// <summary>Changes a number that was added.</summary>
    public void PatchUInt16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(at, sizeof(ushort)), value);

    /// <summary>Changes a number that was added.</summary>
    public void PatchByte(int at, byte value) => _bytes[at] = value;

    /// <summary>Takes back what was added behind <paramref name="length"/>.</summary>
    public void CutTo(int length) => Length = Math.Min(Length, length);

    /// <summary>The bytes, on their own; the run is empty then.</summary>
    public ImmutableArray<byte> Take()
    {
        var bytes = Length == 0 ? [] : ImmutableCollectionsMarshal.AsImmutableArray(Written.ToArray());
        Drop();
        return bytes;
    }

    /// <summary>Empties the run and gives its buffer back.</summary>
    public void Drop()
    {
        Length = 0;
        if (_bytes.Length == 0)
            return;
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void Grow(int need)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(need, Math.Max(FirstCapacity, _bytes.Length * 2)));
        Written.CopyTo(larger);
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
