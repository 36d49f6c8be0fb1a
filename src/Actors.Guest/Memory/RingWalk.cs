using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// Looks at a queue for a device on another node: the words of its ring, and, ahead of the device's own walk, the chains and the bytes that it will read. What stands
/// there is copied, never believed: the walk goes no further than the queue has descriptors, stops at whatever a device would stop at, and judges nothing.
/// </summary>
/// <param name="memory">The RAM.</param>
/// <param name="answer">Where what is found goes.</param>
/// <param name="buffers">Room for the addresses of one chain's buffers.</param>
internal ref struct RingWalk(IGuestMemory memory, ByteRun answer, ByteRun buffers)
{
    private int _bytesLeft = ExchangeSpec.PrefetchBytes;

    /// <summary>Bytes of buffers that were read.</summary>
    public readonly int Given => ExchangeSpec.PrefetchBytes - _bytesLeft;

    private readonly int RoomLeft => ExchangeSpec.MaxAnswerBytes - answer.Length;

    /// <summary>Reads a range as an extent, as much of it as there is room for.</summary>
    public void Read(ulong address, int length)
    {
        var take = Math.Max(0, Math.Min(length, Math.Min(_bytesLeft, RoomLeft - ExchangeSpec.ExtentHeader)));
        _bytesLeft -= take;
        Copy(address, take);
    }

    /// <summary>Reads a ring's words and its chains.</summary>
    public void Look(in Ring ring)
    {
        answer.AddByte(0);
        var at = answer.Length;
        answer.AddUInt16(0);
        answer.AddUInt16(0);
        answer.AddUInt16(0);
        answer.AddUInt16(0);

        // The index first: what stands behind it was written before.
        if (!memory.TryReadUInt16(ring.Available + VirtioSpec.AvailIndex, out var index)
            || !memory.TryReadUInt16(ring.Available + VirtioSpec.AvailFlags, out var flags)
            || !memory.TryReadUInt16(ring.Available + VirtioSpec.AvailRing + (2UL * ring.Size), out var wanted))
            return;
        answer.PatchUInt16(at, flags);
        answer.PatchUInt16(at + 2, index);
        answer.PatchUInt16(at + 4, wanted);
        answer.PatchUInt16(at + 6, ring.IsWalk ? Chains(ring, index) : (ushort)0);
        answer.PatchByte(at - 1, 1);
    }

    private ushort Chains(in Ring ring, ushort index)
    {
        // An index that is further away than the queue is long is a driver's mistake, for the device to see.
        var available = (ushort)(index - ring.From);
        if (available > ring.Size)
            return 0;
        var count = (ushort)0;
        for (var bytes = ring.Bytes; count < available;)
        {
            var start = answer.Length;
            var left = _bytesLeft;
            answer.AddInt32(0);
            var found = Chain(ring, (ushort)(ring.From + count), isFirst: count == 0, ref bytes);
            if (found == Found.NoRoom)
            {
                // It comes whole with a later exchange.
                answer.CutTo(start);
                _bytesLeft = left;
                break;
            }

            answer.PatchInt32(start, answer.Length - start - sizeof(int));
            count++;
            if (found == Found.Part)
                break;
        }

        return count;
    }

    private Found Chain(in Ring ring, ushort position, bool isFirst, ref int bytes)
    {
        if (RoomLeft < ExchangeSpec.ExtentHeader + sizeof(ushort))
            return Found.NoRoom;
        Span<byte> word = stackalloc byte[sizeof(ushort)];
        var entry = ring.Available + VirtioSpec.AvailRing + (2UL * (uint)(position & (ring.Size - 1)));
        if (!Copy(entry, word))
            return Found.Whole;
        uint next = BinaryPrimitives.ReadUInt16LittleEndian(word);
        if (next >= ring.Size)
            return Found.Whole;
        buffers.CutTo(0);
        if (!Descriptors(ring, next) || RoomLeft < 2 * ExchangeSpec.LeastBytes)
            return Found.NoRoom;
        return Buffers(isFirst, ref bytes);
    }

    /// <summary>Copies a chain's descriptors as a device reads them, and notes where its readable buffers are. False when there is no room for them.</summary>
    private readonly bool Descriptors(in Ring ring, uint next)
    {
        Span<byte> copy = stackalloc byte[VirtioSpec.DescriptorSize];
        var table = ring.Descriptors;
        var entries = (uint)ring.Size;
        var isIndirect = false;
        var isReadable = true;
        for (var count = 0; ;)
        {
            if (RoomLeft < VirtioSpec.DescriptorSize + ExchangeSpec.ExtentHeader)
                return false;
            if (!Copy(table + (next * (ulong)VirtioSpec.DescriptorSize), copy))
                return true;
            var address = BinaryPrimitives.ReadUInt64LittleEndian(copy);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(copy[8..]);
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(copy[12..]);
            var following = BinaryPrimitives.ReadUInt16LittleEndian(copy[14..]);
            if ((flags & VirtioSpec.DescriptorIndirect) != 0)
            {
                if (!ring.IsIndirect || isIndirect || (flags & VirtioSpec.DescriptorNext) != 0
                    || length == 0 || length % VirtioSpec.DescriptorSize != 0 || length / VirtioSpec.DescriptorSize > ushort.MaxValue)
                    return true;
                isIndirect = true;
                table = address;
                entries = length / VirtioSpec.DescriptorSize;
                next = 0;
                continue;
            }

            if (++count > ring.Size)
                return true;
            isReadable &= (flags & VirtioSpec.DescriptorWrite) == 0;
            if (isReadable && length > 0)
            {
                buffers.AddUInt64(address);
                buffers.AddInt32((int)Math.Min(length, int.MaxValue));
            }

            if ((flags & VirtioSpec.DescriptorNext) == 0 || following >= entries)
                return true;
            next = following;
        }
    }

    private Found Buffers(bool isFirst, ref int bytes)
    {
        var least = isFirst ? ExchangeSpec.LeastBytes : 0;
        for (var parts = buffers.Written; parts.Length > 0; parts = parts[ExchangeSpec.ReadBytes..])
        {
            var address = BinaryPrimitives.ReadUInt64LittleEndian(parts);
            var length = BinaryPrimitives.ReadInt32LittleEndian(parts[sizeof(ulong)..]);
            var take = Math.Min(length, Math.Min(Math.Max(Math.Min(bytes, _bytesLeft), least), RoomLeft - ExchangeSpec.ExtentHeader));
            if (take < length && !isFirst)
                return Found.NoRoom;
            if (take > 0)
            {
                Copy(address, take);
                bytes -= take;
                _bytesLeft -= take;
                least -= take;
            }

            if (take < length)
                return Found.Part;
        }

        return Found.Whole;
    }

    private readonly bool Copy(ulong address, Span<byte> copy)
    {
        var at = answer.Length;
        if (!Copy(address, copy.Length))
            return false;
        answer.Written.Slice(at + ExchangeSpec.ExtentHeader, copy.Length).CopyTo(copy);
        return true;
    }

    private readonly bool Copy(ulong address, int length)
    {
        answer.AddUInt64(address);
        var at = answer.Length;
        answer.AddInt32(length);
        if (memory.TryRead(address, answer.Add(length)))
            return true;
        answer.CutTo(at);
        answer.AddInt32(ExchangeSpec.RefusedLength);
        return false;
    }

    private enum Found
    {
        Whole,
        Part,
        NoRoom,
    }

    /// <summary>A queue as an exchange describes it.</summary>
    /// <param name="Size">Entries, a power of two.</param>
    /// <param name="IsWalk">Chains are wanted.</param>
    /// <param name="IsIndirect">Indirect descriptors were negotiated.</param>
    /// <param name="From">The first chain that is wanted.</param>
    /// <param name="Bytes">Bytes of buffers that may come.</param>
    /// <param name="Descriptors">Descriptor table.</param>
    /// <param name="Available">Available ring.</param>
    public readonly record struct Ring(ushort Size, bool IsWalk, bool IsIndirect, ushort From, int Bytes, ulong Descriptors, ulong Available);
}
