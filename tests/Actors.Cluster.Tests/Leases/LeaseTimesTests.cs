using Akka.Configuration;

namespace Actors.Cluster.Tests;

public sealed class LeaseTimesTests
{
    [Theory]
    [InlineData(NodeProfile.Production)]
    [InlineData(NodeProfile.Tuned)]
    [InlineData(NodeProfile.Tests)]
    [InlineData(NodeProfile.Patient)]
    public void A_lease_has_run_out_before_others_may_start_the_node_s_VMs(NodeProfile profile)
    {
        var settings = NodeSettings.Of(new NodeOptions { Profile = profile });
        var times = LeaseTimes.Of(settings);
        var silence = settings.GetTimeSpan("akka.cluster.failure-detector.acceptable-heartbeat-pause") + settings.GetTimeSpan("akka.cluster.split-brain-resolver.stable-after");
        Assert.Equal(silence, times.Window);
        Assert.True(times.Length * 8 / 7 < times.GrantedFor);
        Assert.True(times.GrantedFor < silence);
        Assert.True(times.Length > settings.GetTimeSpan("akka.cluster.failure-detector.heartbeat-interval") * 4);
        Assert.Equal(times.Length / 8, times.Interval);
    }

    [Theory]
    [InlineData("actors.lease-length = 4s", "between 1 s and 3.75 s")]
    [InlineData("actors.lease-length = 500ms", "between 1 s and 3.75 s")]
    [InlineData("akka.cluster.split-brain-resolver.stable-after = 100ms, akka.cluster.failure-detector.acceptable-heartbeat-pause = 1s", "1.333 s together")]
    public void Settings_that_leave_no_margin_are_refused(string hocon, string says)
    {
        var settings = ConfigurationFactory.ParseString(hocon).WithFallback(NodeSettings.Of(new NodeOptions()));
        Assert.Contains(says, Assert.Throws<NodeStartException>(() => LeaseTimes.Of(settings)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shorter_one_is_taken()
    {
        var settings = ConfigurationFactory.ParseString("actors.lease-length = 2s").WithFallback(NodeSettings.Of(new NodeOptions()));
        var times = LeaseTimes.Of(settings);
        Assert.Equal(TimeSpan.FromSeconds(2), times.Length);
        Assert.Equal(TimeSpan.FromMilliseconds(250), times.Interval);
    }
}
