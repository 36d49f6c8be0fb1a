namespace Actors.Cluster.Tests;

public sealed class LogLimiterTests
{
    private readonly Clock _clock = new();
    private readonly LogLimiter _limiter;

    public LogLimiterTests() => _limiter = new LogLimiter(TimeSpan.FromMinutes(1), _clock);

    [Fact]
    public void The_same_complaint_is_said_once_and_counted()
    {
        Assert.True(_limiter.Allows("odd bytes", "10.0.0.1", out _));
        for (var i = 0; i < 100; i++)
            Assert.False(_limiter.Allows("odd bytes", "10.0.0.1", out _));
        _clock.Now += TimeSpan.FromMinutes(1).Ticks;
        Assert.True(_limiter.Allows("odd bytes", "10.0.0.1", out var keptBack));
        Assert.Equal(100, keptBack);
    }

    [Fact]
    public void Another_complaint_is_said_and_so_is_one_about_another_peer()
    {
        Assert.True(_limiter.Allows("odd bytes", "10.0.0.1", out _));
        Assert.True(_limiter.Allows("no greeting", "10.0.0.1", out _));
        Assert.True(_limiter.Allows("odd bytes", "10.0.0.2", out _));
    }

    [Fact]
    public void Peers_that_are_too_many_are_one()
    {
        var said = Enumerable.Range(0, 10_000).Count(peer => _limiter.Allows("odd bytes", $"peer {peer}", out _));
        Assert.Equal(LogLimiter.MostPeers + 1, said);
        Assert.True(_limiter.Allows("no greeting", "peer 9999", out _));
    }

    [Fact]
    public void Kinds_that_are_too_many_are_one()
    {
        var said = Enumerable.Range(0, 10_000).Count(kind => _limiter.Allows($"kind {kind}", "10.0.0.1", out _));
        Assert.Equal(LogLimiter.MostKinds + 1, said);
    }

    [Fact]
    public void What_was_said_long_ago_makes_room()
    {
        for (var i = 0; i < 2 * LogLimiter.MostKinds * LogLimiter.MostPeers; i++)
            _limiter.Allows($"kind {i / LogLimiter.MostPeers}", $"peer {i}", out _);
        _clock.Now += TimeSpan.FromMinutes(1).Ticks;
        Assert.True(_limiter.Allows("another", "10.0.0.1", out _));
        Assert.True(_limiter.Allows("another", "10.0.0.2", out _));
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
