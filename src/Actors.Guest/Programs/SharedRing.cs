using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// A ring in guest RAM with one producer and one consumer on two processors. Head and tail count up freely and lie on cache lines of
/// their own; an entry is written before the head that makes it visible.
/// </summary>
internal sealed class SharedRing(IGuestMemory memory, ulong address, uint capacity)
{
    private const int TailOffset = 64;
    private const int EntriesOffset = 128;
    private const int EntrySize = 16;

    private uint _head;
    private uint _tail;

    /// <summary>Bytes in RAM of a ring with this many entries, a power of two.</summary>
    public static int BytesOf(uint capacity) => EntriesOffset + ((int)capacity * EntrySize);

    /// <summary>Consumer: true when an entry waits.</summary>
    public bool HasEntry => memory.TryReadUInt32(address, out var head) && head != _tail;

    /// <summary>Producer: adds an entry. False when the ring is full.</summary>
    public bool TryPush(ulong buffer, uint length, uint token)
    {
        memory.TryReadUInt32(address + TailOffset, out var tail);
        if (_head - tail >= capacity)
            return false;
        Span<byte> entry = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteUInt64LittleEndian(entry, buffer);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], length);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], token);
        memory.TryWrite(EntryAt(_head), entry);
        _head++;
        memory.TryWriteUInt32(address, _head);
        return true;
    }

    /// <summary>Consumer: takes an entry.</summary>
    public bool TryPop(out ulong buffer, out uint length, out uint token)
    {
        (buffer, length, token) = (0, 0, 0);
        if (!HasEntry)
            return false;
        Span<byte> entry = stackalloc byte[EntrySize];
        memory.TryRead(EntryAt(_tail), entry);
        buffer = BinaryPrimitives.ReadUInt64LittleEndian(entry);
        length = BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
        token = BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
        _tail++;
        memory.TryWriteUInt32(address + TailOffset, _tail);
        return true;
    }

    private ulong EntryAt(uint position) => address + EntriesOffset + ((ulong)(position % capacity) * EntrySize);
}
