namespace Actors.DeviceModel;

/// <summary>A bounded first-in first-out of bytes. Takes memory only as it fills, and gives it back when it runs empty.</summary>
internal sealed class ByteRing(int capacity)
{
    private const int FirstBytes = 256;
    private const int KeptBytes = 4096;

    private byte[] _bytes = [];
    private int _start;

    /// <summary>Bytes that it holds at most.</summary>
    public int Capacity { get; } = capacity;

    /// <summary>Bytes in it.</summary>
    public int Count { get; private set; }

    /// <summary>The oldest bytes, as many as lie in one piece.</summary>
    public ReadOnlySpan<byte> Front => _bytes.AsSpan(_start, Math.Min(Count, _bytes.Length - _start));

    /// <summary>Adds bytes; the caller made sure that they fit.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, Capacity - Count);
        Reserve(Count + data.Length);
        var at = (_start + Count) % _bytes.Length;
        var first = Math.Min(data.Length, _bytes.Length - at);
        data[..first].CopyTo(_bytes.AsSpan(at));
        data[first..].CopyTo(_bytes);
        Count += data.Length;
    }

    /// <summary>Copies bytes that are so far behind the oldest; the caller made sure that they are there.</summary>
    public void CopyTo(int offset, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + target.Length, Count);
        if (target.IsEmpty)
            return;
        var at = (_start + offset) % _bytes.Length;
        var first = Math.Min(target.Length, _bytes.Length - at);
        _bytes.AsSpan(at, first).CopyTo(target);
        _bytes.AsSpan(0, target.Length - first).CopyTo(target[first..]);
    }

    /// <summary>Forgets the oldest bytes.</summary>
    public void Skip(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count -= count;
        if (Count > 0)
        {
            _start = (_start + count) % _bytes.Length;
            return;
        }

        _start = 0;
        if (_bytes.Length > KeptBytes)
            _bytes = [];
    }

    private void Reserve(int count)
    {
        if (count <= _bytes.Length)
            return;
        var size = (int)Math.Min(Capacity, Math.Max(Math.Max(count, FirstBytes), 2L * _bytes.Length));
        var grown = new byte[size];
        var front = Front;
        front.CopyTo(grown);
        _bytes.AsSpan(0, Count - front.Length).CopyTo(grown.AsSpan(front.Length));
        _bytes = grown;
        _start = 0;
    }
}
