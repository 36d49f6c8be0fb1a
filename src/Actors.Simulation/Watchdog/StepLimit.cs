namespace Actors.Simulation;

/// <summary>How long a step of a world may take.</summary>
/// <param name="Time">In real time; <see cref="Timeout.InfiniteTimeSpan"/>: any time.</param>
internal sealed record StepLimit(TimeSpan Time)
{
    /// <summary>Where nobody says otherwise: what is right takes microseconds.</summary>
    public static StepLimit Default { get; } = new(TimeSpan.FromSeconds(30));

    /// <summary>No limit.</summary>
    public static StepLimit None { get; } = new(Timeout.InfiniteTimeSpan);

    /// <summary>Waits for the end of steps, by what can do so, for a time; true: they have ended. Tests have their own time.</summary>
    public Func<Func<TimeSpan, bool>, TimeSpan, bool> Await { get; init; } = static (ended, time) => ended(time);
}
