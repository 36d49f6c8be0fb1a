namespace Actors.DeviceModel;

/// <summary>
/// Address ranges and who owns them: sorted, never overlapping, found by binary search. Only an owner takes its own range away (a range is
/// named by first address, length and owner together), so nobody can wipe what belongs to another.
/// </summary>
/// <typeparam name="T">The owner.</typeparam>
internal sealed class RangeTable<T>
    where T : class
{
    /// <summary>Most ranges of a table: six BARs of each of 256 functions, and some fixed ones.</summary>
    public const int Capacity = 2048;

    private Entry[] _entries = [];

    /// <summary>Ranges in the table.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a range, all or nothing. False when it is empty, wraps, overlaps another, or the table is full. A null owner keeps the range free of owners.</summary>
    public bool TryAdd(ulong first, ulong length, T? owner)
    {
        if (length == 0 || first + (length - 1) < first || Count == Capacity)
            return false;
        var last = first + (length - 1);
        var at = IndexBehind(last);
        if (at > 0 && _entries[at - 1].Last >= first)
            return false;

        if (Count == _entries.Length)
            Array.Resize(ref _entries, Math.Max(4, Count * 2));
        Array.Copy(_entries, at, _entries, at + 1, Count - at);
        _entries[at] = new Entry(first, last, owner);
        Count++;
        return true;
    }

    /// <summary>Removes exactly this range of this owner. False, and nothing happens, when there is no such.</summary>
    public bool Remove(ulong first, ulong length, T owner)
    {
        var at = IndexBehind(first) - 1;
        if (at < 0 || _entries[at].First != first || _entries[at].Last - first != length - 1 || !ReferenceEquals(_entries[at].Owner, owner))
            return false;
        RemoveAt(at);
        return true;
    }

    /// <summary>Removes every range of an owner (a device goes away).</summary>
    public void RemoveAll(T owner)
    {
        for (var at = Count - 1; at >= 0; at--)
        {
            if (ReferenceEquals(_entries[at].Owner, owner))
                RemoveAt(at);
        }
    }

    /// <summary>
    /// Finds whom an access is for: the range that holds its first address decides, and the whole access must be inside. Null when it is nobody's.
    /// </summary>
    /// <param name="address">First address.</param>
    /// <param name="size">Bytes, at least 1.</param>
    /// <param name="first">First address of the range.</param>
    public T? Find(ulong address, int size, out ulong first)
    {
        var at = IndexBehind(address) - 1;
        if (at < 0 || _entries[at].Last < address || _entries[at].Last - address < (uint)(size - 1))
        {
            first = 0;
            return null;
        }

        first = _entries[at].First;
        return _entries[at].Owner;
    }

    /// <summary>Index of the first entry that begins behind an address.</summary>
    private int IndexBehind(ulong address)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_entries[middle].First <= address)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private void RemoveAt(int at)
    {
        Count--;
        Array.Copy(_entries, at + 1, _entries, at, Count - at);
        _entries[Count] = default;
    }

    private readonly record struct Entry(ulong First, ulong Last, T? Owner);
}
