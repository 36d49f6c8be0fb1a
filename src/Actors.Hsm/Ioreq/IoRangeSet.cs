using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>
/// The ranges of one client. ACRN keeps a list and walks it newest first; since the outcome is only the client, it is enough to know whether
/// any range contains the access. Sorted by type and start, with the largest end so far beside each, one binary search answers that.
/// Duplicates and overlaps are allowed.
/// </summary>
internal sealed class IoRangeSet
{
    private const int FirstCapacity = 4;

    private Row[] _rows = [];
    private int _count;

    private struct Row
    {
        public ulong Start;
        public ulong End;
        public ulong FurthestEnd;
        public IoRequestType Type;
    }

    public int Count => _count;

    /// <summary>Adds a range: Invalid when it ends before it starts or is neither ports nor memory, NoMemory at the bound.</summary>
    public Errno Add(in IoRange range)
    {
        if (range.End < range.Start || range.Type is not (IoRequestType.PortIo or IoRequestType.Mmio))
            return Errno.Invalid;
        if (_count == HsmSpec.MaxRangesPerClient)
            return Errno.NoMemory;

        if (_count == _rows.Length)
            Array.Resize(ref _rows, _count == 0 ? FirstCapacity : Math.Min(_count * 2, HsmSpec.MaxRangesPerClient));

        int at = UpperBound(range.Type, range.Start);
        Array.Copy(_rows, at, _rows, at + 1, _count - at);
        _rows[at] = new Row { Type = range.Type, Start = range.Start, End = range.End };
        _count++;
        RaiseEnds(at);
        return Errno.Ok;
    }

    /// <summary>Removes one range with exactly this type, start and end. Says whether there was one.</summary>
    public bool Remove(in IoRange range)
    {
        for (int at = UpperBound(range.Type, range.Start) - 1; at >= 0; at--)
        {
            ref Row row = ref _rows[at];
            if (row.Type != range.Type || row.Start != range.Start)
                break;
            if (row.End != range.End)
                continue;

            _count--;
            Array.Copy(_rows, at + 1, _rows, at, _count - at);
            _rows[_count] = default;
            RaiseEnds(at);
            return true;
        }

        return false;
    }

    /// <summary>True when one range contains every byte of <c>[address, address+size)</c>. An access past the end of the address space is in none.</summary>
    public bool Contains(IoRequestType type, ulong address, int size)
    {
        int at = UpperBound(type, address) - 1;
        if (at < 0)
            return false;

        ref Row row = ref _rows[at];
        ulong last = address + (ulong)(size - 1);
        return row.Type == type && size > 0 && last >= address && last <= row.FurthestEnd;
    }

    /// <summary>Index of the first row behind all that start at or before <paramref name="start"/>.</summary>
    private int UpperBound(IoRequestType type, ulong start)
    {
        int low = 0;
        int high = _count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            ref Row row = ref _rows[middle];
            if (row.Type < type || (row.Type == type && row.Start <= start))
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private void RaiseEnds(int from)
    {
        for (int i = from; i < _count; i++)
        {
            ref Row row = ref _rows[i];
            row.FurthestEnd = i > 0 && _rows[i - 1].Type == row.Type ? Math.Max(_rows[i - 1].FurthestEnd, row.End) : row.End;
        }
    }
}
