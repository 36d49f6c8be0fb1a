using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// Doorbells that the hypervisor recognises by itself (acrn-io-path 1.4). Unlike ACRN's, an entry matches only writes, only up to its length, and
/// compares the value where it was asked to; what came of an assignment is told; the table is empty after reset and destroy.
/// </summary>
internal sealed class AsyncioTable
{
    // Not made before a doorbell is: most VMs have none.
    private AsyncioDescriptor[] _entries = [];
    private int _count;

    /// <summary>Entries in use.</summary>
    public int Count => _count;

    /// <summary>Adds an entry. Conflict: same address and type, and one of both takes any value or both the same.</summary>
    public Errno Assign(in AsyncioDescriptor entry)
    {
        if (!IsValid(entry))
            return Errno.Invalid;

        for (var i = 0; i < _count; i++)
        {
            ref readonly var other = ref _entries[i];
            if (other.Type == entry.Type && other.Address == entry.Address
                && (!other.DataMatch || !entry.DataMatch || other.Data == entry.Data))
            {
                return Errno.Exists;
            }
        }

        if (_count == VmLimits.MaxAsyncioDescriptors)
            return Errno.NoSpace;

        if (_count == _entries.Length)
            Array.Resize(ref _entries, Math.Min(Math.Max(4, _count * 2), VmLimits.MaxAsyncioDescriptors));

        _entries[_count++] = entry;
        return Errno.Ok;
    }

    /// <summary>Removes the entry with this type, address, data rule and cookie.</summary>
    public Errno Deassign(in AsyncioDescriptor entry)
    {
        for (var i = 0; i < _count; i++)
        {
            ref readonly var other = ref _entries[i];
            if (other.Type != entry.Type || other.Address != entry.Address || other.Cookie != entry.Cookie
                || other.DataMatch != entry.DataMatch || (other.DataMatch && other.Data != entry.Data))
            {
                continue;
            }

            _count--;
            Array.Copy(_entries, i + 1, _entries, i, _count - i);
            return Errno.Ok;
        }

        return Errno.NoEntry;
    }

    /// <summary>The doorbell that a write rings.</summary>
    public bool TryMatch(in IoAccess access, out ulong cookie)
    {
        cookie = 0;
        if (!access.IsWrite)
            return false;

        foreach (ref readonly var entry in _entries.AsSpan(0, _count))
        {
            if (entry.Address == access.Address && entry.Type == access.Type && access.Size <= entry.Length
                && (!entry.DataMatch || entry.Data == access.Value))
            {
                cookie = entry.Cookie;
                return true;
            }
        }

        return false;
    }

    /// <summary>Forgets everything (reset, destroy).</summary>
    public void Clear()
    {
        _entries = [];
        _count = 0;
    }

    private static bool IsValid(in AsyncioDescriptor entry) => entry.Address != 0 && entry.Type switch
    {
        IoRequestType.PortIo => entry.Length is 1 or 2 or 4 && entry.Address <= 0xFFFF,
        IoRequestType.Mmio => entry.Length is 1 or 2 or 4 or 8,
        _ => false,
    };
}
