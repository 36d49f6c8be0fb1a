using CsCheck;

namespace Actors.Protocol.Tests;

public sealed class LatencyBucketsTests
{
    [Fact]
    public void A_latency_is_below_its_bucket_s_bound_and_not_below_the_one_before() =>
        Gen.Long[0, 1L << 38].Sample(nanoseconds =>
        {
            var bucket = LatencyBuckets.Of(nanoseconds);

            Assert.InRange(bucket, 0, LatencyBuckets.Count - 1);
            Assert.True(nanoseconds < LatencyBuckets.UpperBound(bucket));
            Assert.True(bucket == 0 || nanoseconds >= LatencyBuckets.UpperBound(bucket - 1));
        });

    [Fact]
    public void A_bucket_is_an_eighth_of_its_latency_wide_at_most()
    {
        for (var bucket = 1; bucket < LatencyBuckets.Count - 1; bucket++)
        {
            var from = LatencyBuckets.UpperBound(bucket - 1);
            Assert.True(LatencyBuckets.UpperBound(bucket) - from <= from / 8, $"bucket {bucket}");
        }
    }

    [Theory]
    [InlineData(0.5, 1_000)]
    [InlineData(0.99, 2_000_000)]
    [InlineData(1.0, 2_000_000)]
    public void A_percentile_is_at_most_an_eighth_too_high(double share, long latency)
    {
        var counts = new long[LatencyBuckets.Count];
        counts[LatencyBuckets.Of(1_000)] = 90;
        counts[LatencyBuckets.Of(2_000_000)] = 10;

        Assert.InRange(LatencyBuckets.Percentile(counts, share), latency, latency + (latency / 8));
    }

    [Fact]
    public void Nothing_counted_has_no_percentile() => Assert.Equal(0, LatencyBuckets.Percentile(new long[LatencyBuckets.Count], 0.99));
}
