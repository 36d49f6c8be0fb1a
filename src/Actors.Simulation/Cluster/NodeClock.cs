namespace Actors.Simulation;

/// <summary>The clock of one node: virtual time at the node's own rate, and a calendar that may be wrong and jump. Its monotonic part never goes back.</summary>
internal sealed class NodeClock(SimScheduler scheduler) : TimeProvider
{
    private const double Million = 1_000_000;

    private long _since;
    private long _at;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How far the calendar is off, ticks.</summary>
    public long Offset { get; set; }

    /// <summary>How much faster than virtual time it runs, parts per million.</summary>
    public long Drift { get; private set; }

    /// <summary>Another rate from now on.</summary>
    public void SetDrift(long partsPerMillion)
    {
        _at = GetTimestamp();
        _since = scheduler.Ticks;
        Drift = Math.Max(-900_000, partsPerMillion);
    }

    /// <summary>How long a timer of this node takes in virtual time.</summary>
    public long ToVirtual(long ticks) => Drift == 0 ? ticks : (long)(ticks / (1 + (Drift / Million)));

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => SimScheduler.Origin.AddTicks(GetTimestamp() + Offset);

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        var passed = scheduler.Ticks - _since;
        return _at + passed + (Drift == 0 ? 0 : (long)(passed * (Drift / Million)));
    }
}
