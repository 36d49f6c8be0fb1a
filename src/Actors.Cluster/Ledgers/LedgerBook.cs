using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// What one node knows of all VMs, and which of it the others don't know yet. A node tells what its own owners said; it tells each peer in order, a bounded lot
/// at a time, and goes on when that was seen.
/// </summary>
internal sealed class LedgerBook(string self)
{
    /// <summary>Entries in one message, and about how many bytes.</summary>
    public const int MaxLot = 256;

    private const int MaxLotBytes = 256 * 1024;

    /// <summary>Entries of VMs that are over, kept so that late news of them is recognised.</summary>
    public const int MaxForgotten = 100_000;

    private readonly Dictionary<VmId, Row> _rows = [];
    private readonly SortedSet<(long Version, int Vm)> _own = [];
    private readonly SortedSet<int> _orphans = [];
    private readonly Queue<(VmId Vm, FencingToken Fence)> _forgotten = [];
    private long _version;

    /// <summary>Number of the last change of this node.</summary>
    public long Version => _version;

    /// <summary>VMs that nobody runs, in the order of their numbers.</summary>
    public IReadOnlyCollection<int> Orphans => _orphans;

    /// <summary>Rows, of ended VMs too.</summary>
    public int Count => _rows.Count;

    /// <summary>What is known of a VM.</summary>
    public Row? Find(VmId vm) => _rows.GetValueOrDefault(vm);

    /// <summary>
    /// An owner of this node says something. Returns the number of the change, or 0 when something later is known. What another node said before it becomes this node's to tell: that one may
    /// be gone, and may not have told everybody.
    /// </summary>
    public long Record(VmEntry entry)
    {
        var isNews = Merge(entry, isOrphan: entry.State == VmEntryState.Vacant);
        var row = _rows[entry.Vm];
        if (!isNews && (row.Entry.Fence != entry.Fence || row.Entry.State != entry.State))
            return 0;
        if (!isNews && row.Version != 0)
            return row.Version;
        row.Version = ++_version;
        _own.Add((row.Version, entry.Vm.Value));
        return row.Version;
    }

    /// <summary>Another node says something.</summary>
    /// <param name="entry">What.</param>
    /// <param name="isMember">True when the entry's owner is a member.</param>
    public bool Hear(VmEntry entry, bool isMember) =>
        Merge(entry, isOrphan: entry.State == VmEntryState.Vacant || (entry.State == VmEntryState.Owned && !isMember));

    /// <summary>A node is gone: nobody runs its VMs.</summary>
    public void Lose(string node)
    {
        foreach (var row in _rows.Values)
        {
            if (row.Entry.State == VmEntryState.Owned && row.Entry.Node == node)
                _orphans.Add(row.Entry.Vm.Value);
        }
    }

    /// <summary>What a VM has in flight.</summary>
    public void Hear(VmCounts counts, long now)
    {
        if (_rows.TryGetValue(counts.Vm, out var row) && row.Entry.Fence == counts.Fence)
        {
            row.Counts = counts;
            row.CountedAt = now;
        }
    }

    /// <summary>The next changes for a peer that knows those up to a number.</summary>
    /// <param name="known">Number.</param>
    /// <param name="lot">Filled.</param>
    /// <returns>Number of the last change in the lot; the one given when there is nothing to say.</returns>
    public long NextLot(long known, List<VmEntry> lot)
    {
        lot.Clear();
        var bytes = 0;
        foreach (var (version, vm) in _own.GetViewBetween((known + 1, int.MinValue), (long.MaxValue, int.MaxValue)))
        {
            var entry = _rows[new VmId(vm)].Entry;
            bytes += SizeOf(entry);
            if (lot.Count == MaxLot || (lot.Count > 0 && bytes > MaxLotBytes))
                return known;
            lot.Add(entry);
            known = version;
        }

        return lot.Count == 0 ? _version : known;
    }

    /// <summary>VMs that this node owns.</summary>
    public IEnumerable<VmEntry> Owned()
    {
        foreach (var (_, vm) in _own)
        {
            if (_rows[new VmId(vm)].Entry is { State: VmEntryState.Owned } entry)
                yield return entry;
        }
    }

    private bool Merge(VmEntry entry, bool isOrphan)
    {
        if (_rows.TryGetValue(entry.Vm, out var row))
        {
            if (!IsLater(entry, row.Entry))
                return false;
            if (row.Version != 0)
                _own.Remove((row.Version, entry.Vm.Value));
            if (row.Entry.Fence != entry.Fence)
                row.Counts = default;
            row.Entry = entry;
            row.Version = 0;
        }
        else
        {
            _rows.Add(entry.Vm, new Row(entry));
        }

        if (isOrphan)
            _orphans.Add(entry.Vm.Value);
        else
            _orphans.Remove(entry.Vm.Value);
        if (entry.State == VmEntryState.Forgotten)
            Forget(entry);
        return true;
    }

    /// <summary>Of equal entries the same owner's later words count: its observer may have changed.</summary>
    private static bool IsLater(VmEntry next, VmEntry known) =>
        next.Fence > known.Fence
        || (next.Fence == known.Fence && (next.State > known.State || (next.State == known.State && !next.Observer.Equals(known.Observer) && next.Node == known.Node)));

    private void Forget(VmEntry entry)
    {
        _forgotten.Enqueue((entry.Vm, entry.Fence));
        while (_forgotten.Count > MaxForgotten)
        {
            var (vm, fence) = _forgotten.Dequeue();
            if (_rows.TryGetValue(vm, out var row) && row.Entry.Fence == fence && row.Entry.State == VmEntryState.Forgotten)
            {
                _own.Remove((row.Version, vm.Value));
                _rows.Remove(vm);
            }
        }
    }

    /// <summary>About how large an entry is on the wire.</summary>
    private static int SizeOf(VmEntry entry)
    {
        var bytes = 512 + entry.Spec.Guest.Arguments.Sum(argument => argument.Length);
        foreach (var device in entry.Spec.Devices)
        {
            bytes += 64;
            foreach (var port in device.Ports)
                bytes += 64 + port.Name.Length + (port.Path?.Length ?? 0);
        }

        if (!entry.Spec.Own.IsDefaultOrEmpty)
            bytes += entry.Spec.Own.Sum(own => 64 + own.Name.Length);
        return entry.Down is null ? bytes : bytes + (entry.Down.Ports.Length * 256);
    }

    /// <summary>One VM.</summary>
    internal sealed class Row(VmEntry entry)
    {
        /// <summary>Who runs it.</summary>
        public VmEntry Entry { get; set; } = entry;

        /// <summary>Number of this node's change; 0 when another node said it.</summary>
        public long Version { get; set; }

        /// <summary>What it had in flight.</summary>
        public VmCounts Counts { get; set; }

        /// <summary>Timestamp of the counts; 0: never heard.</summary>
        public long CountedAt { get; set; }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{self}: {_rows.Count} VMs, {_orphans.Count} without a node";
}
