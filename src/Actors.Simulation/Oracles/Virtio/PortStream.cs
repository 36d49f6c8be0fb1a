namespace Actors.Simulation;

/// <summary>Bytes by their position, of which the first are forgotten once nobody needs them.</summary>
internal sealed class PortStream
{
    private byte[] _bytes = [];
    private long _base;
    private List<(long Start, long Length)>? _holes;

    /// <summary>Position behind the last byte that is known.</summary>
    public long End { get; private set; }

    /// <summary>Life of the queue that it is of.</summary>
    public int Life { get; init; }

    /// <summary>Position behind the last byte whose chain was given back.</summary>
    public long Returned { get; set; }

    /// <summary>Position behind the last byte whose chain was taken.</summary>
    public long Taken { get; set; }

    /// <summary>The queue was reset, and the driver knows.</summary>
    public bool IsFenced { get; set; }

    /// <summary>Puts bytes at a position.</summary>
    public void Put(long position, ReadOnlySpan<byte> data)
    {
        var at = position - _base;
        if (at < 0)
        {
            // Read once more, after it came out.
            if (at + data.Length <= 0)
                return;
            data = data[(int)-at..];
            position = _base;
            at = 0;
        }

        if (at + data.Length > _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Max(at + data.Length, Math.Max(512, _bytes.Length * 2)));
        data.CopyTo(_bytes.AsSpan((int)at));
        End = Math.Max(End, position + data.Length);
    }

    /// <summary>Adds bytes at the end.</summary>
    public void Append(ReadOnlySpan<byte> data) => Put(End, data);

    /// <summary>Notes that these bytes were never sent: the device gave their chain back unread.</summary>
    public void Leave(long start, long length)
    {
        (_holes ??= []).Add((start, length));
        End = Math.Max(End, start + length);
    }

    /// <summary>Compares bytes with those from a position on; gives the position behind them, or -1. What was left out is stepped over.</summary>
    public long Match(long position, ReadOnlySpan<byte> data)
    {
        while (true)
        {
            position = OverHoles(position, out var next);
            if (data.IsEmpty)
                return position;
            var count = (int)Math.Min(data.Length, Math.Min(next, End) - position);
            if (count <= 0 || position < _base || !data[..count].SequenceEqual(_bytes.AsSpan((int)(position - _base), count)))
                return -1;
            position += count;
            data = data[count..];
        }
    }

    /// <summary>The byte at a position, or -1.</summary>
    public int At(long position) => position >= _base && position < End && position - _base < _bytes.Length ? _bytes[position - _base] : -1;

    /// <summary>The first position from here on that is not left out.</summary>
    public long OverHoles(long position) => _holes is null ? position : OverHoles(position, out _);

    /// <summary>Nothing before this position is asked for any more.</summary>
    public void Forget(long position)
    {
        if (position <= _base)
            return;
        if (position >= End)
        {
            _base = position;
            return;
        }

        // Seldom, so that moving costs little.
        if (position - _base < 64 * 1024)
            return;
        _bytes.AsSpan((int)(position - _base), (int)(End - position)).CopyTo(_bytes);
        _base = position;
    }

    private long OverHoles(long position, out long next)
    {
        next = long.MaxValue;
        if (_holes is null)
            return position;
        foreach (var (start, length) in _holes)
        {
            if (position == start)
                position += length;
            else if (start > position)
                next = Math.Min(next, start);
        }

        return position;
    }
}
