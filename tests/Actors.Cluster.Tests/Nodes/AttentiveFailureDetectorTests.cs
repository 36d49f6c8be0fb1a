using Akka.Configuration;

namespace Actors.Cluster.Tests;

/// <summary>Who is taken for silent, and when.</summary>
public sealed class AttentiveFailureDetectorTests
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    private readonly HandClock _clock = new();
    private readonly AttentiveFailureDetector _detector;

    public AttentiveFailureDetectorTests()
    {
        var akkas = ConfigurationFactory.ParseString("threshold = 8, max-sample-size = 1000, min-std-deviation = 100ms, heartbeat-interval = 250ms, acceptable-heartbeat-pause = 10s");
        _detector = new AttentiveFailureDetector(akkas, _clock);
        for (var i = 0; i < 20; i++)
        {
            _detector.HeartBeat();
            _clock.Advance(Beat);
        }
    }

    [Theory]
    [InlineData(12)]
    [InlineData(3600)]
    public void A_pause_in_which_nobody_could_look_is_nobody_s_silence(int seconds)
    {
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            Assert.True(_detector.IsAvailable);
            _detector.HeartBeat();
        }
    }

    [Fact]
    public void Who_is_silent_while_it_is_looked_at_is_missed_after_the_pause_that_is_forgiven()
    {
        Assert.True(_detector.IsAvailable);
        var silent = TimeSpan.Zero;
        for (; _detector.IsAvailable; silent += Beat)
            _clock.Advance(Beat);
        Assert.InRange(silent.TotalSeconds, 9.5, 12);
    }

    [Fact]
    public void Also_a_busy_node_that_looks_rarely_misses_who_is_silent()
    {
        var looks = 0;
        for (; _detector.IsAvailable; looks++)
            _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.InRange(looks, 5, 7);
    }

    [Theory]
    [InlineData("akka.cluster.failure-detector")]
    [InlineData("akka.remote.watch-failure-detector")]
    public void Nodes_of_tests_have_it_and_others_have_akka_s(string detector)
    {
        Assert.Equal(typeof(AttentiveFailureDetector), Type.GetType(NodeSettings.Of(new NodeOptions { Profile = NodeProfile.Tests }).GetString(detector + ".implementation-class")));
        Assert.False(NodeSettings.Of(new NodeOptions()).HasPath(detector + ".implementation-class"));
    }

    private sealed class HandClock : TimeProvider
    {
        private long _now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan by) => _now += by.Ticks;
    }
}
