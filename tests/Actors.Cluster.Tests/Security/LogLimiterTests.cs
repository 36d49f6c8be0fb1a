namespace Actors.Cluster.Tests;

public sealed class LogLimiterTests
{
    private readonly Clock _clock = new();

    [Fact]
    public void The_same_complaint_is_said_once_and_counted()
    {
        var limiter = new LogLimiter(TimeSpan.FromMinutes(1), _clock);
        Assert.True(limiter.Allows("remoting", "peer 10.0.0.1:5000 sent 17 odd bytes", out _));
        for (var i = 0; i < 100; i++)
            Assert.False(limiter.Allows("remoting", $"peer 10.0.0.1:{5001 + i} sent {i} odd bytes", out _));
        _clock.Now += TimeSpan.FromMinutes(1).Ticks;
        Assert.True(limiter.Allows("remoting", "peer 10.0.0.1:9 sent 9 odd bytes", out var keptBack));
        Assert.Equal(100, keptBack);
    }

    [Fact]
    public void Another_complaint_is_said()
    {
        var limiter = new LogLimiter(TimeSpan.FromMinutes(1), _clock);
        Assert.True(limiter.Allows("remoting", "a", out _));
        Assert.True(limiter.Allows("remoting", "b", out _));
        Assert.True(limiter.Allows("cluster", "a", out _));
    }

    [Fact]
    public void More_kinds_than_are_remembered_cost_no_more_memory()
    {
        var limiter = new LogLimiter(TimeSpan.FromMinutes(1), _clock);
        for (var i = 0; i < 3 * LogLimiter.MostKinds; i++)
            Assert.True(limiter.Allows("remoting", new string((char)('a' + (i % 20)), 1 + (i / 20)), out _));
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
