using Xunit;

namespace Actors.Cluster.Tests;

public sealed class FaultyWayTests
{
    private readonly FaultyWay _way = new(7);

    [Fact]
    public void A_plain_way_changes_nothing()
    {
        Assert.True(_way.IsPlain);
        Assert.True(_way.Open.IsCompleted);
        Assert.Equal(new WayPass(TimeSpan.Zero, 0, -1), _way.Pass(100));
    }

    [Fact]
    public void A_cut_way_opens_when_the_last_cut_is_over()
    {
        var (one, other) = (new WayFault { IsCut = true }, new WayFault { IsCut = true, Delay = TimeSpan.FromTicks(1) });
        _way.Add(one);
        _way.Add(other);
        var open = _way.Open;
        _way.Remove(one);
        Assert.False(open.IsCompleted);
        _way.Remove(other);
        Assert.True(open.IsCompletedSuccessfully);
        Assert.True(_way.IsPlain);
    }

    [Fact]
    public void Delays_add_up_and_the_slowest_rate_holds()
    {
        _way.Add(new WayFault { Delay = TimeSpan.FromMilliseconds(20), BytesPerSecond = 5000 });
        _way.Add(new WayFault { Delay = TimeSpan.FromMilliseconds(30), BytesPerSecond = 3000 });
        _way.Add(new WayFault { BytesPerSecond = 9000 });
        Assert.Equal(new WayPass(TimeSpan.FromMilliseconds(50), 3000, -1), _way.Pass(100));
    }

    [Fact]
    public void A_lost_piece_comes_when_it_is_sent_again_and_each_further_loss_doubles_the_wait()
    {
        _way.Add(new WayFault { Loss = 1 });
        Assert.Equal(FaultyWay.Retransmission * (1 + 2 + 4 + 8 + 16 + 32), _way.Pass(1).Delay);
    }

    [Fact]
    public void A_flipped_bit_lies_within_the_piece()
    {
        _way.Add(new WayFault { Corruption = 1 });
        var bits = Enumerable.Range(0, 1000).Select(_ => _way.Pass(3).FlippedBit).ToList();
        Assert.All(bits, bit => Assert.InRange(bit, 0, 23));
        Assert.Equal(24, bits.Distinct().Count());
    }

    [Fact]
    public void Jitter_has_its_mean()
    {
        _way.Add(new WayFault { Jitter = TimeSpan.FromMilliseconds(10) });
        Assert.InRange(Enumerable.Range(0, 10_000).Average(_ => _way.Pass(1).Delay.TotalMilliseconds), 9.5, 10.5);
    }

    [Fact]
    public void A_fault_tells_when_it_changes_something()
    {
        var told = 0;
        _way.Add(new WayFault { IsCut = true, OnEffect = () => told++ });
        Assert.Equal(0, told);
        _ = _way.Open;
        Assert.Equal(1, told);
    }

    [Fact]
    public void The_same_seed_draws_the_same()
    {
        var other = new FaultyWay(7);
        var fault = new WayFault { Loss = 0.3, Jitter = TimeSpan.FromMilliseconds(1), Corruption = 0.5 };
        _way.Add(fault);
        other.Add(fault);
        Assert.Equal(Enumerable.Range(1, 100).Select(_way.Pass), Enumerable.Range(1, 100).Select(other.Pass));
    }
}
