using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// A device's doorbells at the HSM. For each queue there is what the transport wishes and what the HSM has; at most one request a queue is on its way, and what
/// the guest does meanwhile only changes the wish. A refused doorbell is left alone: kicks then take the slow path.
/// </summary>
internal sealed class DoorbellRegistrations(ushort requesterId, bool asyncio)
{
    private Entry[] _entries = [];
    private long _lastId;
    private int _outstanding;

    /// <summary>True while the HSM owes an answer.</summary>
    public bool IsOutstanding => _outstanding > 0;

    /// <summary>Doorbells that the HSM refused.</summary>
    public long Refused { get; private set; }

    /// <summary>A queue's doorbell is to be registered.</summary>
    public void Assign(int queue, Doorbell doorbell)
    {
        if (queue >= _entries.Length)
            Array.Resize(ref _entries, queue + 1);
        IsChanged = true;
        _entries[queue].Wanted = doorbell;
    }

    /// <summary>A queue's doorbell is to go.</summary>
    public void Deassign(int queue)
    {
        if (queue >= _entries.Length)
            return;
        IsChanged = true;
        _entries[queue].Wanted = null;
    }

    /// <summary>The next request for a queue, if one can go now.</summary>
    public bool TryNext(int queue, out Request request)
    {
        request = default;
        if (queue >= _entries.Length)
            return false;
        ref var entry = ref _entries[queue];
        if (entry.Id != 0 || entry.Wanted == entry.Registered)
            return false;
        IsChanged = true;
        entry.IsRemoval = entry.Registered is not null;
        entry.InHand = (entry.Registered ?? entry.Wanted)!.Value;
        entry.Id = ++_lastId;
        _outstanding++;
        request = RequestOf(queue, entry);
        return true;
    }

    /// <summary>What is on its way for a queue, to be sent again.</summary>
    public bool TryRepeat(int queue, out Request request)
    {
        request = default;
        if (queue >= _entries.Length || _entries[queue].Id == 0)
            return false;
        request = RequestOf(queue, _entries[queue]);
        return true;
    }

    /// <summary>The HSM answered; gives the queue that it was for, or -1 when nothing waits for this answer.</summary>
    public int Take(long id, Errno result)
    {
        for (var queue = 0; queue < _entries.Length; queue++)
        {
            ref var entry = ref _entries[queue];
            if (entry.Id != id || id == 0)
                continue;
            IsChanged = true;
            entry.Id = 0;
            _outstanding--;
            if (entry.IsRemoval)
            {
                // Whatever the answer: it is not there any more, or never was.
                entry.Registered = null;
            }
            else if (result == Errno.Ok)
            {
                entry.Registered = entry.InHand;
            }
            else
            {
                Refused++;
                if (entry.Wanted == entry.InHand)
                    entry.Wanted = null;
            }

            return queue;
        }

        return -1;
    }

    /// <summary>Something differs from the last <see cref="Capture"/>.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Writes everything into the record.</summary>
    public void Capture(DeviceRecord record)
    {
        IsChanged = false;
        record.LastDoorbellId = _lastId;
        for (var queue = 0; queue < _entries.Length; queue++)
        {
            ref readonly var entry = ref _entries[queue];
            ref var kept = ref record.Doorbells[queue];
            kept.Wanted = entry.Wanted;
            kept.Registered = entry.Registered;
            kept.InHand = entry.InHand;
            kept.Id = entry.Id;
            kept.IsRemoval = entry.IsRemoval;
        }
    }

    /// <summary>Takes over what the record says; what is on its way is to be sent again. False when the record contradicts itself.</summary>
    public bool TryRestore(DeviceRecord record)
    {
        _lastId = record.LastDoorbellId;
        _entries = new Entry[record.Doorbells.Length];
        _outstanding = 0;
        for (var queue = 0; queue < _entries.Length; queue++)
        {
            ref readonly var kept = ref record.Doorbells[queue];
            if (kept.Id < 0 || kept.Id > _lastId)
                return false;
            _entries[queue] = new Entry { Wanted = kept.Wanted, Registered = kept.Registered, InHand = kept.InHand, Id = kept.Id, IsRemoval = kept.IsRemoval };
            if (kept.Id != 0)
                _outstanding++;
        }

        return true;
    }

    /// <summary>The HSM lost all registrations. What it had, or was asked for, is to be asked for anew, under new ids: an answer from before counts for nothing.</summary>
    public void Forget()
    {
        IsChanged = true;
        foreach (ref var entry in _entries.AsSpan())
        {
            entry.Registered = null;
            entry.Id = 0;
        }

        _outstanding = 0;
    }

    /// <summary>The queue of a cookie, or -1.</summary>
    public int QueueOf(ulong cookie) => cookie != 0 && ((cookie - 1) >> 16) == requesterId ? (int)((cookie - 1) & 0xFFFF) : -1;

    /// <summary>Names a queue's doorbell within the VM; never 0.</summary>
    public ulong CookieOf(int queue) => (((ulong)requesterId << 16) | (uint)queue) + 1;

    private Request RequestOf(int queue, in Entry entry)
    {
        var flags = IoeventfdFlags.None;
        if (entry.InHand.Pio)
            flags |= IoeventfdFlags.Pio;
        if (entry.InHand.DataMatch)
            flags |= IoeventfdFlags.DataMatch;
        if (entry.IsRemoval)
            flags |= IoeventfdFlags.Deassign;
        else if (asyncio)
            flags |= IoeventfdFlags.Asyncio;
        return new Request(entry.Id, flags, CookieOf(queue), entry.InHand);
    }

    /// <summary>Where a doorbell is.</summary>
    internal readonly record struct Doorbell(bool Pio, ulong Address, uint Length, bool DataMatch, ulong Data);

    /// <summary>What to ask the HSM.</summary>
    internal readonly record struct Request(long Id, IoeventfdFlags Flags, ulong Cookie, Doorbell Doorbell);

    private struct Entry
    {
        public Doorbell? Wanted;
        public Doorbell? Registered;
        public Doorbell InHand;
        public long Id;
        public bool IsRemoval;
    }
}
