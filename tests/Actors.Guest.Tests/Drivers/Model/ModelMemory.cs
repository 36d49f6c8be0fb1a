using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Guest.Tests;

/// <summary>RAM from 0, in one piece, that remembers which pages were written.</summary>
internal sealed class ModelMemory(int bytes) : IGuestMemory
{
    private readonly byte[] _bytes = new byte[bytes];
    private readonly HashSet<ulong> _touched = [];

    public int TouchedPages => _touched.Count;

    public byte[] Bytes => _bytes;

    public bool IsRam(ulong address, ulong length) => address < (ulong)_bytes.Length && length <= (ulong)_bytes.Length - address;

    public bool TryRead(ulong address, Span<byte> destination)
    {
        if (!IsRam(address, (ulong)destination.Length))
            return false;
        _bytes.AsSpan((int)address, destination.Length).CopyTo(destination);
        return true;
    }

    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        if (!IsRam(address, (ulong)source.Length))
            return false;
        source.CopyTo(_bytes.AsSpan((int)address));
        for (var page = address >> 12; page << 12 < address + (ulong)source.Length; page++)
            _touched.Add(page);
        return true;
    }

    public bool TryReadUInt16(ulong address, out ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        var read = (address & 1) == 0 && TryRead(address, bytes);
        value = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        return read;
    }

    public bool TryWriteUInt16(ulong address, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return (address & 1) == 0 && TryWrite(address, bytes);
    }

    public bool TryReadUInt32(ulong address, out uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        var read = (address & 3) == 0 && TryRead(address, bytes);
        value = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return read;
    }

    public bool TryWriteUInt32(ulong address, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return (address & 3) == 0 && TryWrite(address, bytes);
    }

    public void Fence()
    {
    }
}
