namespace Actors.Simulation;

/// <summary>The clock that rooms get: virtual time.</summary>
internal sealed class VirtualClock(SimScheduler scheduler) : TimeProvider
{
    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Moves what guests and timestamps see away from virtual time (clock faults); ticks.</summary>
    public long Skew { get; set; }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => SimScheduler.Origin.AddTicks(scheduler.Ticks + Skew);

    /// <inheritdoc/>
    public override long GetTimestamp() => scheduler.Ticks;
}
