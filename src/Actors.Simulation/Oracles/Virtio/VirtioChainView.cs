namespace Actors.Simulation;

/// <summary>A chain of descriptors as the device read them.</summary>
internal sealed class VirtioChainView(VirtioQueueView queue, ushort head)
{
    private Part[] _parts = new Part[2];
    private int _count;
    private byte[]? _data;
    private ulong _table;
    private ulong _tableBytes;
    private long _nextRead;
    private long _nextWrite;

    /// <summary>Its queue.</summary>
    public VirtioQueueView Queue { get; } = queue;

    /// <summary>Index of its first descriptor.</summary>
    public ushort Head { get; } = head;

    /// <summary>Taken by the device and not used yet.</summary>
    public bool IsOutstanding { get; set; }

    /// <summary>Life of the queue in which it was taken last.</summary>
    public int Life { get; set; }

    /// <summary>Bytes of its readable part.</summary>
    public long Readable { get; private set; }

    /// <summary>Bytes of its writable part.</summary>
    public long Writable { get; private set; }

    /// <summary>Bytes of the readable part that were read, from its beginning.</summary>
    public long Read { get; private set; }

    /// <summary>End of what was written of the writable part.</summary>
    public long Written { get; private set; }

    /// <summary>Position of its first readable byte in the queue's stream, see <see cref="VirtioQueueView.StreamEnd"/>.</summary>
    public long StreamStart { get; set; }

    /// <summary>True when a part of it is an indirect table at this address.</summary>
    public bool HitsTable(ulong address, int length) => _table != 0 && address >= _table && address - _table + (ulong)length <= _tableBytes;

    /// <summary>Forgets its parts: it is walked.</summary>
    public void Clear()
    {
        _count = 0;
        _table = 0;
        _tableBytes = 0;
        Readable = 0;
        Writable = 0;
    }

    /// <summary>Where an access of one direction goes on that read or wrote it in order.</summary>
    public bool GoesOn(bool isWritable, long offset) => offset == (isWritable ? _nextWrite : _nextRead);

    /// <summary>It is taken again, by a device that was restarted.</summary>
    public void Again()
    {
        _nextRead = 0;
        _nextWrite = 0;
    }

    /// <summary>A part was read.</summary>
    public void NoteRead(long end)
    {
        _nextRead = end;
        Read = Math.Max(Read, end);
    }

    /// <summary>Whether a part lies over a queue's rings.</summary>
    public bool Overlaps(VirtioQueueView other)
    {
        for (var i = 0; i < _count; i++)
        {
            if (other.Overlaps(_parts[i].Address, _parts[i].Length))
                return true;
        }

        return _table != 0 && other.Overlaps(_table, _tableBytes);
    }

    /// <summary>Begins as a new request.</summary>
    public void Begin(int life)
    {
        Again();
        Life = life;
        IsOutstanding = true;
        Read = 0;
        Written = 0;
    }

    /// <summary>Adds a part.</summary>
    public void Add(ulong address, uint length, bool isWritable)
    {
        if (length == 0)
            return;
        if (_count == _parts.Length)
            Array.Resize(ref _parts, _count * 2);
        _parts[_count++] = new Part(address, length, isWritable ? Writable : Readable, isWritable);
        if (isWritable)
            Writable += length;
        else
            Readable += length;
    }

    /// <summary>Notes its indirect table.</summary>
    public void AddTable(ulong address, uint length)
    {
        _table = address;
        _tableBytes = length;
    }

    /// <summary>Finds the part that an access hits wholly, of one direction or any.</summary>
    public bool TryFind(ulong address, int length, out bool isWritable, out long offset)
    {
        for (var i = 0; i < _count; i++)
        {
            ref readonly var part = ref _parts[i];
            if (address < part.Address || address - part.Address + (ulong)length > part.Length)
                continue;
            isWritable = part.IsWritable;
            offset = part.Offset + (long)(address - part.Address);
            return true;
        }

        isWritable = false;
        offset = 0;
        return false;
    }

    /// <summary>Keeps what was written.</summary>
    public void Write(long offset, ReadOnlySpan<byte> data, bool keeps)
    {
        _nextWrite = offset + data.Length;
        Written = Math.Max(Written, _nextWrite);
        if (!keeps)
            return;
        if (_data is null || _data.Length < Written)
            Array.Resize(ref _data, (int)Math.Max(Written, 256));
        data.CopyTo(_data.AsSpan((int)offset));
    }

    /// <summary>What was written of the first bytes.</summary>
    public ReadOnlySpan<byte> Data(int length) => _data.AsSpan(0, Math.Min(length, _data?.Length ?? 0));

    private readonly record struct Part(ulong Address, uint Length, long Offset, bool IsWritable);
}
