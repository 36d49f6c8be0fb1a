namespace Actors.Cluster.Tests;

/// <summary>A clock that a test sets.</summary>
internal sealed class LeaseClock : TimeProvider
{
    private long _now = TimeSpan.FromHours(1).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public void Pass(TimeSpan time) => _now += time.Ticks;
}
