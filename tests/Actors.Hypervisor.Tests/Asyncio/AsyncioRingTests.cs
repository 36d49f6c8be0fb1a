using Actors.Protocol;
using CsCheck;

namespace Actors.Hypervisor.Tests;

public sealed class AsyncioRingTests
{
    [Fact]
    public void It_holds_503_cookies_and_then_is_full()
    {
        var ring = new AsyncioRing();
        for (var i = 1; i <= VmLimits.AsyncioRingCapacity; i++)
        {
            Assert.True(ring.TryPut((ulong)i * 10, out var position));
            Assert.Equal((ulong)i, position);
        }

        Assert.False(ring.TryPut(1, out _));
        Assert.True(ring.Drained(1));
        Assert.True(ring.TryPut(7, out var last));
        Assert.Equal(504UL, last);
        Assert.Equal(7UL, ring.CookieAt(504));
        Assert.Equal(20UL, ring.CookieAt(2));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(4UL)]
    [InlineData(ulong.MaxValue)]
    public void A_position_that_was_drained_or_never_put_drains_nothing(ulong position)
    {
        var ring = new AsyncioRing();
        for (var i = 0; i < 3; i++)
            ring.TryPut(1, out _);
        ring.Drained(1);

        Assert.False(ring.Drained(position));
        Assert.Equal(2, ring.Count);
        Assert.Equal(1, ring.IgnoredDrains);
    }

    [Fact]
    public void A_cookie_is_overdue_when_nothing_was_drained_for_a_whole_period()
    {
        var ring = new AsyncioRing();
        ring.TryPut(1, out _);
        Assert.Equal(0, ring.Overdue());
        ring.TryPut(2, out _);
        Assert.Equal(1, ring.Overdue());
        Assert.Equal(2, ring.Overdue());
        ring.Drained(1);
        Assert.Equal(0, ring.Overdue());
        Assert.Equal(1, ring.Overdue());
    }

    [Fact]
    public void It_is_a_queue() => Gen.Int[0, 9].Array[0, 2000].Sample(steps =>
    {
        var ring = new AsyncioRing();
        var model = new List<ulong>();
        var drained = 0;
        foreach (var step in steps)
        {
            if (step < 8)
            {
                if (ring.TryPut((ulong)model.Count ^ 0x55, out _))
                    model.Add((ulong)model.Count ^ 0x55);
            }
            else
            {
                drained += (model.Count - drained) * step / 10;
                ring.Drained((ulong)drained);
            }

            Assert.Equal(model.Count - drained, ring.Count);
        }

        for (var position = ring.Oldest; position <= ring.Last; position++)
            Assert.Equal(model[(int)position - 1], ring.CookieAt(position));
    });
}
