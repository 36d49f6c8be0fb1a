using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>
/// The ioeventfd table of one VM (acrn-io-path 2.1-2.4). Entries are sorted by type and address, equal ones in registration order, so a kick costs one
/// binary search over a small array and no allocation. Doorbells (eventfds) are sorted by cookie.
/// </summary>
internal sealed class IoeventfdTable
{
    private const int FirstCapacity = 4;

    private readonly IoRangeSet _ranges;
    private IoeventfdEntry[] _entries = [];
    private Doorbell[] _doorbells = [];
    private int _count;
    private int _doorbellCount;
    private long _lastOrder;
    private ulong _countFloor;

    /// <param name="ranges">Of the client that serves the table; each entry has one range there.</param>
    /// <param name="incarnation">Of the HSM: doorbells of a later one count from higher up, since listeners tell old signals from new by the count.</param>
    public IoeventfdTable(IoRangeSet ranges, int incarnation = 0)
    {
        _ranges = ranges;
        _countFloor = (ulong)incarnation << HsmSpec.IncarnationShift;
    }

    public int Count => _count;

    public int DoorbellCount => _doorbellCount;

    /// <summary>Entries, sorted by type, address and registration.</summary>
    public ref IoeventfdEntry this[int index] => ref _entries.AsSpan(0, _count)[index];

    /// <summary>A doorbell by position.</summary>
    public Doorbell DoorbellAt(int index) => _doorbells.AsSpan(0, _doorbellCount)[index];

    /// <summary>ioctl IOEVENTFD without DEASSIGN.</summary>
    /// <param name="registration">What is asked.</param>
    /// <param name="order">Names the entry when the result is 0.</param>
    /// <param name="repeated">True when this very message was carried out before.</param>
    public Errno Assign(in IoeventfdRegistration registration, out long order, out bool repeated)
    {
        order = 0;
        repeated = false;
        ulong address = registration.Address;
        if (registration.HasUnknownFlags || address + registration.Length < address)
            return Errno.Invalid;
        if (registration.Length is not (1 or 2 or 4 or 8))
            return Errno.Invalid;
        if (registration.Cookie == 0 || registration.Listener is null)
            return Errno.BadDescriptor;

        int conflict = FindConflict(in registration);
        if (conflict >= 0 && IsRepeat(in _entries[conflict], in registration))
        {
            order = _entries[conflict].Order;
            repeated = true;
            return Errno.Ok;
        }

        if (_count == VmLimits.MaxIoeventfds)
            return Errno.NoSpace;
        if (conflict >= 0)
            return Errno.Exists;

        var doorbell = FindDoorbell(registration.Cookie);
        if (doorbell is not null && !doorbell.Listener.Equals(registration.Listener))
            return Errno.Busy;

        var entry = new IoeventfdEntry
        {
            Address = address,
            Data = registration.MatchData,
            DataMatch = registration.IsDataMatch,
            Length = (byte)registration.Length,
            Type = registration.Type,
            RegistrationId = registration.Id,
            Order = ++_lastOrder,
            Doorbell = doorbell ?? AddDoorbell(registration.Cookie, registration.Listener),
        };
        entry.Doorbell.Entries++;
        Insert(in entry);
        _ranges.Add(entry.Range);
        order = entry.Order;
        return Errno.Ok;
    }

    /// <summary>ioctl IOEVENTFD with DEASSIGN: removes the entry of this cookie that was registered first. False when there is none, which is no error.</summary>
    public bool Deassign(ulong cookie, out IoeventfdEntry removed)
    {
        int first = -1;
        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].Doorbell.Cookie == cookie && (first < 0 || _entries[i].Order < _entries[first].Order))
                first = i;
        }

        if (first < 0)
        {
            removed = default;
            return false;
        }

        removed = _entries[first];
        _ranges.Remove(removed.Range);
        _count--;
        Array.Copy(_entries, first + 1, _entries, first, _count - first);
        _entries[_count] = default;
        if (--removed.Doorbell.Entries == 0)
            RemoveDoorbell(removed.Doorbell);
        return true;
    }

    /// <summary>The doorbell that a write rings: the first registered entry at exactly this address that is as long as the access or longer and matches its value.</summary>
    public Doorbell? Match(IoRequestType type, ulong address, int size, ulong value)
    {
        for (int i = LowerBound(type, address); i < _count; i++)
        {
            ref IoeventfdEntry entry = ref _entries[i];
            if (entry.Address != address || entry.Type != type)
                break;
            if (entry.Length >= size && (!entry.DataMatch || entry.Data == value))
                return entry.Doorbell;
        }

        return null;
    }

    /// <summary>The doorbell of a cookie, or null.</summary>
    public Doorbell? FindDoorbell(ulong cookie)
    {
        int at = DoorbellLowerBound(cookie);
        return at < _doorbellCount && _doorbells[at].Cookie == cookie ? _doorbells[at] : null;
    }

    /// <summary>Where an entry stands now, or -1 when it is gone.</summary>
    public int IndexOf(long order)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].Order == order)
                return i;
        }

        return -1;
    }

    /// <summary>VM destroy: everything goes.</summary>
    public void Clear()
    {
        for (int i = 0; i < _count; i++)
            _ranges.Remove(_entries[i].Range);
        _entries = [];
        _doorbells = [];
        _count = 0;
        _doorbellCount = 0;
    }

    /// <summary>
    /// An entry with the same type and address that some write would match as well: either is a wildcard, or the values are equal. ACRN looks only at entries of
    /// the same eventfd, so two listeners may want one doorbell and the second never hears it.
    /// </summary>
    private int FindConflict(in IoeventfdRegistration registration)
    {
        for (int i = LowerBound(registration.Type, registration.Address); i < _count; i++)
        {
            ref IoeventfdEntry entry = ref _entries[i];
            if (entry.Address != registration.Address || entry.Type != registration.Type)
                break;
            if (!entry.DataMatch || !registration.IsDataMatch || entry.Data == registration.Data)
                return i;
        }

        return -1;
    }

    private static bool IsRepeat(in IoeventfdEntry entry, in IoeventfdRegistration registration) =>
        entry.RegistrationId == registration.Id && entry.Doorbell.Cookie == registration.Cookie && entry.Length == registration.Length
        && entry.DataMatch == registration.IsDataMatch && entry.Data == registration.MatchData && entry.Doorbell.Listener.Equals(registration.Listener);

    private void Insert(in IoeventfdEntry entry)
    {
        if (_count == _entries.Length)
            Array.Resize(ref _entries, _count == 0 ? FirstCapacity : Math.Min(_count * 2, VmLimits.MaxIoeventfds));

        int at = LowerBound(entry.Type, entry.Address);
        while (at < _count && _entries[at].Type == entry.Type && _entries[at].Address == entry.Address)
            at++;
        Array.Copy(_entries, at, _entries, at + 1, _count - at);
        _entries[at] = entry;
        _count++;
    }

    private Doorbell AddDoorbell(ulong cookie, object listener)
    {
        if (_doorbellCount == _doorbells.Length)
            Array.Resize(ref _doorbells, _doorbellCount == 0 ? FirstCapacity : _doorbellCount * 2);

        int at = DoorbellLowerBound(cookie);
        Array.Copy(_doorbells, at, _doorbells, at + 1, _doorbellCount - at);
        _doorbellCount++;
        return _doorbells[at] = new Doorbell(cookie, listener, _countFloor);
    }

    private void RemoveDoorbell(Doorbell doorbell)
    {
        _countFloor = Math.Max(_countFloor, doorbell.Count);
        int at = DoorbellLowerBound(doorbell.Cookie);
        _doorbellCount--;
        Array.Copy(_doorbells, at + 1, _doorbells, at, _doorbellCount - at);
        _doorbells[_doorbellCount] = null!;
    }

    private int LowerBound(IoRequestType type, ulong address)
    {
        int low = 0;
        int high = _count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            ref IoeventfdEntry entry = ref _entries[middle];
            if (entry.Type < type || (entry.Type == type && entry.Address < address))
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private int DoorbellLowerBound(ulong cookie)
    {
        int low = 0;
        int high = _doorbellCount;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_doorbells[middle].Cookie < cookie)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
