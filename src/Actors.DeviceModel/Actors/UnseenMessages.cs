namespace Actors.DeviceModel;

/// <summary>
/// Message-signalled interrupts of which the hypervisor has not said that it has them (<see cref="Actors.Protocol.InterruptHop"/>). Of equal ones only the last is
/// kept: edges may merge. A guest that changes its vectors faster than they are acknowledged loses the oldest, which are not its vectors any more.
/// Not part of a device's record: a restart raises whatever may have been lost, with numbers behind all that may have been sent.
/// </summary>
internal sealed class UnseenMessages
{
    /// <summary>Different messages kept.</summary>
    public const int Most = 64;

    private Message[] _messages = [];
    private int _count;
    private ulong _seen;
    private bool _isQuiet;

    /// <summary>True while one is kept.</summary>
    public bool IsAny => _count > 0;

    /// <summary>The lowest number kept.</summary>
    public ulong Oldest
    {
        get
        {
            var oldest = ulong.MaxValue;
            for (var i = 0; i < _count; i++)
                oldest = Math.Min(oldest, _messages[i].Sequence);
            return oldest;
        }
    }

    /// <summary>Keeps one that is sent now.</summary>
    public void Add(ulong sequence, ulong address, uint data)
    {
        var at = Find(address, data);
        if (at < 0)
        {
            if (_count == Most)
                at = IndexOfOldest();
            else if (_count == _messages.Length)
                Array.Resize(ref _messages, Math.Max(4, _count * 2));
            at = at < 0 ? _count++ : at;
        }

        _messages[at] = new Message(sequence, address, data);
        _isQuiet = false;
    }

    /// <summary>The hypervisor has all up to here. True when it says nothing new: then the one behind is missing, and to be sent again.</summary>
    public bool Take(ulong sequence, out Message missing)
    {
        var isNew = sequence > _seen;
        _seen = Math.Max(_seen, sequence);
        for (var i = _count - 1; i >= 0; i--)
        {
            if (_messages[i].Sequence <= sequence)
                _messages[i] = _messages[--_count];
        }

        _isQuiet = false;
        missing = default;
        if (isNew || _count == 0)
            return false;
        missing = _messages[IndexOfOldest()];
        return true;
    }

    /// <summary>A retry period passed. Gives the oldest to be sent again, when nothing was sent or heard meanwhile.</summary>
    public bool Repeat(out Message oldest)
    {
        oldest = default;
        var wasQuiet = _isQuiet;
        _isQuiet = true;
        if (_count == 0 || !wasQuiet)
            return false;
        oldest = _messages[IndexOfOldest()];
        return true;
    }

    /// <summary>A life of the device ends, or an epoch of the machine: nobody waits for its interrupts.</summary>
    public void Clear(bool isEpoch = false)
    {
        _count = 0;
        _seen = isEpoch ? 0 : _seen;
        _isQuiet = false;
    }

    private int Find(ulong address, uint data)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_messages[i].Address == address && _messages[i].Data == data)
                return i;
        }

        return -1;
    }

    private int IndexOfOldest()
    {
        var at = 0;
        for (var i = 1; i < _count; i++)
        {
            if (_messages[i].Sequence < _messages[at].Sequence)
                at = i;
        }

        return at;
    }

    /// <summary>One of them.</summary>
    internal readonly record struct Message(ulong Sequence, ulong Address, uint Data);
}
