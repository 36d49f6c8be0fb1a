using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// Cookies on their way to the HSM, each at a position counted from 1 in an epoch, kept until the HSM says that it drained them. What isn't drained
/// for a whole period is sent again from the oldest on.
/// </summary>
internal sealed class AsyncioRing
{
    private const int FirstCapacity = 16;

    // Grows with use up to the page's 503 entries; the array's length is a power of two.
    private ulong[] _cookies = [];
    private ulong _drained;
    private ulong _last;
    private ulong _drainedAtLastLook;
    private ulong _lastAtLastLook;

    /// <summary>Cookies that aren't drained.</summary>
    public int Count => (int)(_last - _drained);

    /// <summary>True when a further cookie must wait.</summary>
    public bool IsFull => Count >= VmLimits.AsyncioRingCapacity;

    /// <summary>Position of the newest cookie; 0 when there was none.</summary>
    public ulong Last => _last;

    /// <summary>Position of the oldest cookie that isn't drained.</summary>
    public ulong Oldest => _drained + 1;

    /// <summary>Drain messages that name what never was in the ring, or was drained before.</summary>
    public long IgnoredDrains { get; private set; }

    /// <summary>Puts a cookie behind the others; false when the ring is full.</summary>
    public bool TryPut(ulong cookie, out ulong position)
    {
        if (IsFull)
        {
            position = 0;
            return false;
        }

        if (Count == _cookies.Length)
            Grow();

        position = ++_last;
        _cookies[position & (ulong)(_cookies.Length - 1)] = cookie;
        return true;
    }

    /// <summary>Everything up to a position is drained. True when that makes room.</summary>
    public bool Drained(ulong position)
    {
        if (position <= _drained || position > _last)
        {
            IgnoredDrains++;
            return false;
        }

        _drained = position;
        return true;
    }

    /// <summary>The cookie at a position between <see cref="Oldest"/> and <see cref="Last"/>.</summary>
    public ulong CookieAt(ulong position) => _cookies[position & (ulong)(_cookies.Length - 1)];

    /// <summary>
    /// How many cookies from <see cref="Oldest"/> on are overdue: they were here at the last call and nothing has been drained since.
    /// </summary>
    public int Overdue()
    {
        var overdue = _drained == _drainedAtLastLook && _lastAtLastLook > _drained ? (int)(_lastAtLastLook - _drained) : 0;
        _drainedAtLastLook = _drained;
        _lastAtLastLook = _last;
        return overdue;
    }

    /// <summary>Empty, and positions start again (reset, destroy).</summary>
    public void Clear()
    {
        _cookies = [];
        _drained = _last = _drainedAtLastLook = _lastAtLastLook = 0;
    }

    private void Grow()
    {
        var larger = new ulong[Math.Max(FirstCapacity, _cookies.Length * 2)];
        for (var position = Oldest; position <= _last; position++)
            larger[position & (ulong)(larger.Length - 1)] = CookieAt(position);

        _cookies = larger;
    }
}
