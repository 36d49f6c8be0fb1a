using System.Buffers.Binary;
using System.Text;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.TestKit;

/// <summary>
/// A descriptor chain of any layout, legal or not, in one line: <c>new Chain().Readable("hi").Writable(16).Indirect()</c>. Buffers come from the guest's heap; each call adds a
/// descriptor or spoils the last one. <see cref="GuestSession.Submit"/> puts it into a queue. A chain that a driver could have made goes through the driver's own record; any
/// other is written past it, and the queue's driver shouldn't be used after that.
/// </summary>
public sealed class Chain
{
    private readonly List<Piece> _pieces = [];
    private bool _isIndirect;
    private bool _isSpoiled;
    private int _loopTo = -1;
    private uint? _tableBytes;
    private ushort? _head;

    /// <summary>Descriptors so far, the one of an indirect table not counted.</summary>
    public int Count => _pieces.Count;

    /// <summary>Whether a driver that keeps to the specification could have made it.</summary>
    public bool IsLegal => !_isSpoiled && _pieces.Count > 0 && !_pieces.SkipWhile(piece => !piece.IsWritable).Any(piece => !piece.IsWritable);

    /// <summary>A buffer with these bytes, which the device reads.</summary>
    public Chain Readable(ReadOnlySpan<byte> bytes) => Add(new Piece { Bytes = bytes.ToArray(), Length = (uint)bytes.Length });

    /// <summary>A buffer with this text (UTF-8), which the device reads.</summary>
    public Chain Readable(string text) => Readable(Encoding.UTF8.GetBytes(text));

    /// <summary>A buffer of so many bytes, which the device reads; zeros.</summary>
    public Chain Readable(int bytes) => Readable(new byte[bytes]);

    /// <summary>A buffer of so many bytes, which the device writes.</summary>
    public Chain Writable(int bytes) => Add(new Piece { Bytes = new byte[bytes], Length = (uint)bytes, IsWritable = true });

    /// <summary>A descriptor that points anywhere: outside RAM, into a ring, into registers.</summary>
    /// <param name="address">Guest-physical address.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="deviceWrites">Which way.</param>
    public Chain At(ulong address, uint length, bool deviceWrites = false)
    {
        _isSpoiled = true;
        return Add(new Piece { Address = address, Length = length, IsWritable = deviceWrites });
    }

    /// <summary>As many descriptors of one byte as wanted, also more than the queue has: then the chain goes round in its table.</summary>
    public Chain Overlong(int descriptors)
    {
        _isSpoiled = true;
        for (var i = 0; i < descriptors; i++)
            Readable(1);
        return this;
    }

    /// <summary>Everything is in an indirect table that one descriptor points to.</summary>
    public Chain Indirect()
    {
        _isIndirect = true;
        return this;
    }

    /// <summary>The indirect table's descriptor claims so many bytes: 0, no multiple of 16, or more than there are.</summary>
    public Chain TableBytes(uint bytes)
    {
        (_isIndirect, _isSpoiled, _tableBytes) = (true, true, bytes);
        return this;
    }

    /// <summary>The last descriptor goes on with an earlier one of the chain, from 0: it never ends.</summary>
    public Chain LoopTo(int descriptor)
    {
        (_isSpoiled, _loopTo) = (true, descriptor);
        return this;
    }

    /// <summary>The last descriptor's flags are these (<see cref="VirtioSpec.DescriptorNext"/> and others), whatever they should be.</summary>
    public Chain Flags(ushort flags) => Spoil(piece => piece with { Flags = flags });

    /// <summary>The last descriptor claims so many bytes, whatever its buffer has.</summary>
    public Chain Claims(uint bytes) => Spoil(piece => piece with { Length = bytes });

    /// <summary>The last descriptor goes on at this index, also beyond the table.</summary>
    public Chain Next(ushort index) => Spoil(piece => piece with { Next = index });

    /// <summary>The available ring names this index as the head, also beyond the table.</summary>
    public Chain Head(ushort index)
    {
        (_isSpoiled, _head) = (true, index);
        return this;
    }

    /// <summary>The buffers as segments of the guest's RAM, filled: for a driver's own queue.</summary>
    internal GuestSegment[] Segments(IGuestMemory memory, GuestHeap heap) =>
        [.. _pieces.Select(piece => new GuestSegment(Place(piece, memory, heap), piece.Length, piece.IsWritable))];

    /// <summary>Whether a queue's own driver would make it as it is wanted.</summary>
    internal bool SuitsDriver => IsLegal && !_isIndirect;

    /// <summary>Writes the chain to the end of a queue's descriptor table and makes it available.</summary>
    internal int Put(IGuestMemory memory, GuestHeap heap, VirtqueueLayout layout)
    {
        if (_pieces.Count == 0)
            throw new InvalidOperationException("The chain has no descriptor: add one with Readable, Writable or At.");
        int head;
        if (_isIndirect)
        {
            var table = heap.Allocate(_pieces.Count * VirtioSpec.DescriptorSize);
            Write(memory, heap, table, 0, _pieces.Count);
            head = layout.Size - 1;
            WriteDescriptor(memory, layout.Descriptors, head, table, _tableBytes ?? (uint)(_pieces.Count * VirtioSpec.DescriptorSize), VirtioSpec.DescriptorIndirect, 0);
        }
        else
        {
            head = Math.Max(0, layout.Size - _pieces.Count);
            Write(memory, heap, layout.Descriptors, head, layout.Size);
        }

        Publish(memory, layout, _head ?? (ushort)head);
        return head;
    }

    private static void Publish(IGuestMemory memory, VirtqueueLayout layout, ushort head)
    {
        memory.TryReadUInt16(layout.Available + VirtioSpec.AvailIndex, out var index);
        memory.TryWriteUInt16(layout.Available + VirtioSpec.AvailRing + (2 * (ulong)(index & (layout.Size - 1))), head);
        memory.Fence();
        memory.TryWriteUInt16(layout.Available + VirtioSpec.AvailIndex, (ushort)(index + 1));
        memory.Fence();
    }

    private static ulong Place(Piece piece, IGuestMemory memory, GuestHeap heap)
    {
        if (piece.Bytes is null)
            return piece.Address;
        var address = heap.Allocate(Math.Max(1, piece.Bytes.Length));
        memory.TryWrite(address, piece.Bytes);
        return address;
    }

    private static void WriteDescriptor(IGuestMemory memory, ulong table, int index, ulong address, uint length, ushort flags, ushort next)
    {
        Span<byte> bytes = stackalloc byte[VirtioSpec.DescriptorSize];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, address);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[12..], flags);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[14..], next);
        memory.TryWrite(table + ((ulong)index * VirtioSpec.DescriptorSize), bytes);
    }

    /// <summary>Writes the pieces from a place on; a table that is too short is gone round in.</summary>
    private void Write(IGuestMemory memory, GuestHeap heap, ulong table, int first, int entries)
    {
        for (var i = 0; i < _pieces.Count; i++)
        {
            var piece = _pieces[i];
            var isLast = i == _pieces.Count - 1 && _loopTo < 0 && piece.Next is null && _pieces.Count <= entries;
            var flags = (ushort)((piece.IsWritable ? VirtioSpec.DescriptorWrite : 0) | (isLast ? 0 : VirtioSpec.DescriptorNext));
            var next = i == _pieces.Count - 1 ? first + Math.Max(0, _loopTo) : first + i + 1;
            WriteDescriptor(memory, table, (first + i) % entries, Place(piece, memory, heap), piece.Length, piece.Flags ?? flags, isLast ? (ushort)0 : piece.Next ?? (ushort)(next % entries));
        }
    }

    private Chain Add(Piece piece)
    {
        _pieces.Add(piece);
        return this;
    }

    private Chain Spoil(Func<Piece, Piece> change)
    {
        if (_pieces.Count == 0)
            throw new InvalidOperationException("There is no descriptor yet to be changed.");
        _isSpoiled = true;
        _pieces[^1] = change(_pieces[^1]);
        return this;
    }

    private readonly record struct Piece(byte[]? Bytes, ulong Address, uint Length, bool IsWritable, ushort? Flags, ushort? Next);
}
