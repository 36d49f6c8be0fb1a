using Actors.Protocol;
using CsCheck;

namespace Actors.Cluster.Tests;

public sealed class FenceTokensTests
{
    [Fact]
    public void A_later_home_has_higher_tokens_whatever_its_node_and_clock() =>
        Gen.Select(Gen.UInt, Gen.Int, Gen.Int, Gen.UInt[1, FenceTokens.MaxCounter], Gen.UInt[1, FenceTokens.MaxCounter], Gen.Long[0, uint.MaxValue]).Sample((register, first, second, early, late, seconds) =>
        {
            var next = FenceTokens.Next(register, seconds);
            if (next <= uint.MaxValue)
                Assert.True(FenceTokens.Make(register, first, early) < FenceTokens.Make(next, second, late));
        });

    [Fact]
    public void One_home_counts_up() => Assert.True(FenceTokens.Make(9, 3, 1) < FenceTokens.Make(9, 3, 2));

    [Fact]
    public void A_cluster_that_forgot_everything_begins_with_the_time() => Assert.Equal(1_800_000_000ul, FenceTokens.Next(0, 1_800_000_000));

    [Fact]
    public void What_a_backend_has_seen_is_gone_above_unless_no_cluster_can_have_come_there()
    {
        Assert.Equal(2_000_000_001ul, FenceTokens.Next(7, 2_000_000_000, 1_800_000_000));
        Assert.Equal(1_800_000_000ul, FenceTokens.Next(7, 0, 1_800_000_000));
        Assert.Equal(1_800_000_000ul, FenceTokens.Next(7, uint.MaxValue, 1_800_000_000));
    }

    [Fact]
    public void A_clock_that_stands_does_not_stop_the_register() => Assert.Equal(11ul, FenceTokens.Next(10, 5));
}
