using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// A request that the driver made available: first the parts that the device reads, then those it writes. A snapshot: each descriptor was
/// copied from RAM once, and every part was in RAM then. Belongs to its queue, which uses the object again after
/// <see cref="Virtqueue.Push"/> or a reset of the queue.
/// </summary>
internal sealed class DescriptorChain
{
    private const int FirstCapacity = 4;

    private Segment[] _segments = new Segment[FirstCapacity];
    private IGuestMemory _memory = null!;
    private RingWindow? _window;
    private int _count;
    private int _readable;
    private Cursor _read;
    private Cursor _write;

    /// <summary>Index of the first descriptor: the chain's name in the used ring.</summary>
    public ushort Head { get; private set; }

    /// <summary>Parts, empty ones not counted.</summary>
    public int Parts => _count;

    /// <summary>Bytes that the device may read.</summary>
    public ulong ReadableLength { get; private set; }

    /// <summary>Bytes that the device may write.</summary>
    public ulong WritableLength { get; private set; }

    /// <summary>Readable bytes behind the read position.</summary>
    public ulong ReadableLeft { get; private set; }

    /// <summary>About how many bytes of later chains are here already, when the guest is on another node; else 0: they are read one by one.</summary>
    public int BytesBehind => _window?.Held ?? 0;

    /// <summary>Writable bytes behind the write position.</summary>
    public ulong WritableLeft { get; private set; }

    /// <summary>Bytes written so far: the most that the used ring may say.</summary>
    public uint Written { get; private set; }

    /// <summary>Which life of its queue the chain belongs to; 0 when it is nobody's.</summary>
    internal uint Generation { get; set; }

    /// <summary>Reads on, over any framing. Gives the count (0 at the end, or when what follows is still on its way from another node), or -1 when memory refuses.</summary>
    public int Read(Span<byte> destination)
    {
        var count = Peek(destination);
        if (count > 0)
            Skip((uint)count);
        return count;
    }

    /// <summary>As <see cref="Read"/>, but stays where it is.</summary>
    public int Peek(Span<byte> destination)
    {
        var cursor = _read;
        var done = 0;
        while (done < destination.Length && cursor.Segment < _readable)
        {
            ref readonly var segment = ref _segments[cursor.Segment];
            var take = (int)Math.Min(segment.Length - cursor.Offset, (uint)(destination.Length - done));
            if (_window is { } window && window.CountHere(segment.Address + cursor.Offset, take) is var here && here < take)
                return PeekHere(window, cursor, destination[done..], here) ? done + here : -1;
            if (!_memory.TryRead(segment.Address + cursor.Offset, destination.Slice(done, take)))
                return -1;
            done += take;
            cursor.Advance((uint)take, segment.Length);
        }

        return done;
    }

    /// <summary>Reads the part of a buffer that is here, and asks for what follows.</summary>
    private bool PeekHere(RingWindow window, Cursor cursor, Span<byte> destination, int here)
    {
        ref readonly var first = ref _segments[cursor.Segment];
        if (!window.TryRead(first.Address + cursor.Offset, destination[..here]))
            return false;
        if (!window.MayRead || !window.Want(first.Address + cursor.Offset + (uint)here, first.Length - cursor.Offset - (uint)here))
            return true;
        for (var i = cursor.Segment + 1; i < _readable; i++)
        {
            if (!window.Want(_segments[i].Address, _segments[i].Length))
                break;
        }

        return true;
    }

    /// <summary>Moves the read position on, at most to the end.</summary>
    public void Skip(uint count)
    {
        while (count > 0 && _read.Segment < _readable)
        {
            var length = _segments[_read.Segment].Length;
            var take = Math.Min(length - _read.Offset, count);
            _read.Advance(take, length);
            ReadableLeft -= take;
            count -= take;
        }
    }

    /// <summary>Writes on, over any framing. Gives the count (less than asked when the chain is full), or -1 when memory refuses.</summary>
    public int Write(ReadOnlySpan<byte> source)
    {
        var done = 0;
        while (done < source.Length && _write.Segment < _count)
        {
            ref readonly var segment = ref _segments[_write.Segment];
            var take = (int)Math.Min(segment.Length - _write.Offset, (uint)(source.Length - done));
            if (!_memory.TryWrite(segment.Address + _write.Offset, source.Slice(done, take)))
                return -1;
            done += take;
            _write.Advance((uint)take, segment.Length);
            WritableLeft -= (uint)take;
            Written += (uint)take;
        }

        return done;
    }

    /// <summary>Begins a new snapshot.</summary>
    internal void Begin(IGuestMemory memory, RingWindow? window, ushort head)
    {
        _memory = memory;
        _window = window;
        Head = head;
        _count = 0;
        _readable = 0;
        _read = default;
        ReadableLength = 0;
        WritableLength = 0;
        Written = 0;
    }

    /// <summary>Adds a part; false when it is a readable one behind a writable one.</summary>
    internal bool TryAdd(ulong address, uint length, bool writable)
    {
        if (writable)
            WritableLength += length;
        else if (_count > _readable)
            return false;
        else
        {
            _readable++;
            ReadableLength += length;
        }

        // Never more than the queue has descriptors: the queue counts before it adds.
        if (_count == _segments.Length)
            Array.Resize(ref _segments, _count * 2);
        _segments[_count++] = new Segment(address, length);
        return true;
    }

    /// <summary>Ends the snapshot.</summary>
    internal void End()
    {
        _write = new Cursor { Segment = _readable };
        ReadableLeft = ReadableLength;
        WritableLeft = WritableLength;
    }

    private readonly record struct Segment(ulong Address, uint Length);

    private struct Cursor
    {
        public int Segment;
        public uint Offset;

        public void Advance(uint count, uint length)
        {
            Offset += count;
            if (Offset < length)
                return;
            Segment++;
            Offset = 0;
        }
    }
}
