namespace Actors.Protocol;

/// <summary>
/// How long something unanswered waits before it is said again. A node that has more to run than its cores can do gives each VM a turn now and then; who waits for a turn
/// has lost nothing, and to ask again would only make the wait of all longer. So the pace follows how long a turn is waited for.
/// </summary>
public abstract class RetryPace
{
    /// <summary>250 ms: what an actor waits in a system that gets round at once.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(250);

    /// <summary>10 s: what it waits at most, however far behind the system is.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>Always <see cref="Shortest"/>.</summary>
    public static readonly RetryPace Steady = new SteadyPace();

    /// <summary>How long an actor that gets a message now waits for its turn. Read from any thread.</summary>
    protected abstract TimeSpan Wait { get; }

    /// <summary>How long something unanswered waits now.</summary>
    public TimeSpan Period
    {
        get
        {
            var wait = Wait;
            return wait <= Shortest ? Shortest : wait >= Longest ? Longest : wait;
        }
    }

    /// <summary>False when a timer of this period is too fast or too slow by more than a factor of two.</summary>
    /// <param name="period">Of the timer.</param>
    public bool Suits(TimeSpan period)
    {
        var now = Period;
        return period <= now * 2 && now <= period * 2;
    }

    private sealed class SteadyPace : RetryPace
    {
        protected override TimeSpan Wait => TimeSpan.Zero;
    }
}
