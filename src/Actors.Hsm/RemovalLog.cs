namespace Actors.Hsm;

/// <summary>
/// The last deassigns that removed something. A deassign that comes again must not remove what was assigned under the same cookie since, or the next of
/// several entries with one cookie.
/// </summary>
internal sealed class RemovalLog
{
    private (object? Requester, long Id, ulong Cookie)[]? _last;
    private int _next;

    public void Add(object requester, long id, ulong cookie)
    {
        _last ??= new (object?, long, ulong)[HsmSpec.RememberedRemovals];
        _last[_next] = (requester, id, cookie);
        _next = (_next + 1) % _last.Length;
    }

    public bool Contains(object requester, long id, ulong cookie)
    {
        if (_last is null)
            return false;

        foreach (var (who, which, what) in _last)
        {
            if (which == id && what == cookie && requester.Equals(who))
                return true;
        }

        return false;
    }
}
