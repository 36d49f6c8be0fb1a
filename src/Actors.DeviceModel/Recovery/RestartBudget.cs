namespace Actors.DeviceModel;

/// <summary>
/// How often an actor is restarted: <see cref="Most"/> times without progress. Counted by what got done and not by the clock, so that a crash every second in a
/// busy device is survived for ever, a crash at every message is not, and a slow machine decides as a fast one.
/// </summary>
internal struct RestartBudget
{
    /// <summary>Restarts without progress in between.</summary>
    public const int Most = 32;

    private long _progress;
    private int _spent;

    /// <summary>A crash at this much progress. False: give up.</summary>
    public bool TrySpend(long progress)
    {
        if (progress != _progress)
        {
            _progress = progress;
            _spent = 0;
        }

        return ++_spent <= Most;
    }
}
