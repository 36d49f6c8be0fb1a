using CsCheck;

namespace Actors.Hypervisor.Tests;

public sealed class InterruptReplayFilterTests
{
    [Fact]
    public void Each_interrupt_is_admitted_once_whatever_the_order_within_the_window() =>
        Gen.Int[1, 60].Array[0, 300].Sample(sequences =>
        {
            var filter = new InterruptReplayFilter();
            var seen = new HashSet<int>();
            foreach (var sequence in sequences)
                Assert.Equal(seen.Add(sequence), filter.Admit(5, (ulong)sequence));
        });

    [Fact]
    public void Sources_are_apart()
    {
        var filter = new InterruptReplayFilter();

        Assert.True(filter.Admit(1, 1));
        Assert.True(filter.Admit(2, 1));
        Assert.False(filter.Admit(1, 1));
        Assert.Equal(1, filter.Repeated);
    }

    [Theory]
    [InlineData(100UL, 37UL, true)]
    [InlineData(100UL, 36UL, false)]
    [InlineData(100UL, 0UL, false)]
    [InlineData(ulong.MaxValue, ulong.MaxValue - 63, true)]
    [InlineData(ulong.MaxValue, 1UL, false)]
    public void What_is_older_than_the_window_counts_as_seen(ulong newest, ulong late, bool admitted)
    {
        var filter = new InterruptReplayFilter();
        filter.Admit(1, newest);

        Assert.Equal(admitted, filter.Admit(1, late));
    }

    [Fact]
    public void Sequence_zero_does_not_exist() => Assert.False(new InterruptReplayFilter().Admit(1, 0));

    [Fact]
    public void Sources_have_a_bound_and_known_ones_go_on()
    {
        var filter = new InterruptReplayFilter();
        for (var i = 0; i < InterruptReplayFilter.MaxSources; i++)
            filter.Admit((ulong)i, 1);

        Assert.False(filter.Admit(1 << 20, 1));
        Assert.True(filter.Admit(17, 2));
        Assert.Equal(1, filter.TooManySources);
    }

    [Fact]
    public void A_new_epoch_counts_again()
    {
        var filter = new InterruptReplayFilter();
        filter.Admit(1, 1);
        filter.Clear();

        Assert.True(filter.Admit(1, 1));
    }
}
