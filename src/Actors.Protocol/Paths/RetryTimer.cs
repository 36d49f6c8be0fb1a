using Akka.Actor;

namespace Actors.Protocol;

/// <summary>
/// The timer by which an actor asks again for what is outstanding: periodic, because a tick can be lost as well, and at the system's pace (<see cref="RoomServices.Pace"/>),
/// which it takes up with each tick.
/// </summary>
public sealed class RetryTimer
{
    private readonly IWithTimers _owner;
    private readonly object _tick;
    private readonly RetryPace _pace;
    private TimeSpan _period;

    /// <summary>It doesn't run yet.</summary>
    /// <param name="owner">The actor. Its timers may come later.</param>
    /// <param name="tick">What the actor gets; the timer's key as well.</param>
    /// <param name="services">Of the room.</param>
    public RetryTimer(IWithTimers owner, object tick, RoomServices services)
    {
        _owner = owner;
        _tick = tick;
        _pace = services.Pace ?? RetryPace.Steady;
    }

    /// <summary>Between <see cref="Start"/> and <see cref="Stop"/>.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Something is outstanding. No effect on one that runs, unless it is still as slow as a system was that has caught up.</summary>
    public void Start()
    {
        if (!IsOn || (_period > RetryPace.Shortest && !_pace.Suits(_period)))
            Restart();
    }

    /// <summary>It may be gone: it begins anew.</summary>
    public void Restart()
    {
        IsOn = true;
        _period = _pace.Period;
        _owner.Timers.StartPeriodicTimer(_tick, _tick, _period);
    }

    /// <summary>A tick has come, and there will be need for another.</summary>
    public void GoOn()
    {
        if (IsOn && !_pace.Suits(_period))
            Restart();
    }

    /// <summary>Nothing is outstanding any more. No effect on one that doesn't run.</summary>
    public void Stop()
    {
        if (!IsOn)
            return;
        IsOn = false;
        _owner.Timers.Cancel(_tick);
    }
}
