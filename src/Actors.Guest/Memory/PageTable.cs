namespace Actors.Guest;

/// <summary>
/// Pages of a sparse memory, made by the first write to them. Three levels, so that neither a large memory nor one page of it costs a large
/// table. Pages are ordinary arrays and are never taken back: who still holds one, reads and writes safely.
/// </summary>
internal sealed class PageTable
{
    public const int PageBits = 12;
    public const int PageSize = 1 << PageBits;

    private const int TableBits = 6;
    private const int TableSize = 1 << TableBits;
    private const ulong TableMask = TableSize - 1;

    private readonly byte[]?[]?[]?[] _root;
    private long _touched;

    /// <summary>A table of untouched pages.</summary>
    public PageTable(ulong pages) => _root = new byte[]?[]?[(int)((pages + (TableSize * TableSize) - 1) >> (2 * TableBits))][];

    /// <summary>Pages that were written to.</summary>
    public long Touched => Volatile.Read(ref _touched);

    /// <summary>The page, or null when nobody wrote to it.</summary>
    public byte[]? Find(ulong page)
    {
        var leaf = _root[page >> (2 * TableBits)]?[(page >> TableBits) & TableMask];
        return leaf?[page & TableMask];
    }

    /// <summary>The page, made now if there is none. Of several who make it at once, one wins and all get the winner's.</summary>
    public byte[] FindOrMake(ulong page)
    {
        ref var directory = ref _root[page >> (2 * TableBits)];
        var leaves = directory ?? Publish(ref directory, new byte[]?[]?[TableSize]);
        ref var leaf = ref leaves[(page >> TableBits) & TableMask];
        var pages = leaf ?? Publish(ref leaf, new byte[]?[TableSize]);
        ref var entry = ref pages[page & TableMask];
        return entry ?? Make(ref entry);
    }

    private byte[] Make(ref byte[]? entry)
    {
        var made = new byte[PageSize];
        var first = Interlocked.CompareExchange(ref entry, made, null);
        if (first is not null)
            return first;
        Interlocked.Increment(ref _touched);
        return made;
    }

    private static T Publish<T>(ref T? entry, T made)
        where T : class => Interlocked.CompareExchange(ref entry, made, null) ?? made;
}
