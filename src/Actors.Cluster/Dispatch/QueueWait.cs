using System.Diagnostics;

namespace Actors.Cluster;

/// <summary>
/// How long the entries of a run queue wait that is served at both ends: those that are there at one look are followed until the last of them has gone, and only their number is. Not
/// safe for threads by itself: under the queue's lock.
/// </summary>
internal sealed class QueueWait
{
    // Of the entries of the last look, those that are still there: all older than what came since.
    private int _waiting;
    private long _since;
    private long _last;
    private TimeSpan _known;

    /// <summary>The oldest entry was taken.</summary>
    public void OldestTaken()
    {
        if (_waiting > 0)
            _waiting--;
    }

    /// <summary>The newest entry was taken.</summary>
    /// <param name="left">Entries that are left.</param>
    public void NewestTaken(int left)
    {
        if (left < _waiting)
            _waiting = left;
    }

    /// <summary>A look: how long the last of the entries that a look has followed to their end waited at least, or those waited that it follows now, whichever is more.</summary>
    /// <param name="count">Entries in the queue.</param>
    /// <param name="now">By the stopwatch.</param>
    public TimeSpan Measure(int count, long now)
    {
        if (_waiting > 0)
        {
            _last = now;
            var waited = Stopwatch.GetElapsedTime(_since, now);
            return waited > _known ? waited : _known;
        }

        // They went at some time after the look before this.
        _known = Stopwatch.GetElapsedTime(_since, _last);
        _waiting = count;
        _since = _last = now;
        return _known;
    }
}
