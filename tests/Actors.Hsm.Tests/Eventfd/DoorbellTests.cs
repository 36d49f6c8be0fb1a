using Actors.Protocol;
using CsCheck;

namespace Actors.Hsm.Tests;

public sealed class DoorbellTests
{
    [Fact]
    public void Every_ring_leaves_while_there_is_credit_and_then_only_counts()
    {
        var doorbell = new Doorbell(5, "a", 0);
        int left = Enumerable.Range(0, 1000).Count(_ => doorbell.Ring());
        Assert.Equal(VmLimits.DoorbellCredit, left);
        Assert.Equal((1000UL, (ulong)VmLimits.DoorbellCredit), (doorbell.Count, doorbell.Sent));
    }

    [Fact]
    public void What_gathered_leaves_in_one_signal_with_the_next_acknowledgement()
    {
        var doorbell = new Doorbell(5, "a", 0);
        for (int i = 0; i < 1000; i++)
            doorbell.Ring();
        Assert.True(doorbell.Acknowledge(32, out bool known));
        Assert.True(known);
        Assert.Equal(1000UL, doorbell.Sent);
        Assert.False(doorbell.Acknowledge(1000, out _));
        Assert.False(doorbell.IsOutstanding);
        Assert.True(doorbell.Ring());
    }

    [Fact]
    public void An_acknowledgement_of_what_was_never_sent_is_unknown_and_an_old_one_does_nothing()
    {
        var doorbell = new Doorbell(5, "a", 0);
        doorbell.Ring();
        doorbell.Ring();
        Assert.False(doorbell.Acknowledge(3, out bool known));
        Assert.False(known);
        Assert.True(doorbell.IsOutstanding);
        doorbell.Acknowledge(2, out known);
        Assert.True(known);
        doorbell.Acknowledge(1, out known);
        Assert.True(known);
        Assert.Equal(2UL, doorbell.Acknowledged);
    }

    [Fact]
    public void A_signal_that_is_unanswered_for_a_whole_period_leaves_again()
    {
        var doorbell = new Doorbell(5, "a", 0);
        Assert.False(doorbell.Age());
        doorbell.Ring();
        Assert.False(doorbell.Age());
        Assert.True(doorbell.Age());
        Assert.True(doorbell.Age());
        doorbell.Acknowledge(1, out _);
        Assert.False(doorbell.Age());
        Assert.False(doorbell.IsOutstanding);
    }

    [Fact]
    public void A_counter_stands_still_at_its_end()
    {
        var doorbell = new Doorbell(5, "a", ulong.MaxValue - 2);
        doorbell.Ring();
        doorbell.Ring();
        Assert.Equal(ulong.MaxValue - 1, doorbell.Count);
    }

    [Fact]
    public void A_reset_forgets_what_nobody_heard()
    {
        var doorbell = new Doorbell(5, "a", 0);
        for (int i = 0; i < 100; i++)
            doorbell.Ring();
        doorbell.Forget();
        Assert.False(doorbell.IsOutstanding);
        Assert.False(doorbell.Age());
        Assert.True(doorbell.Ring());
        Assert.Equal(101UL, doorbell.Sent);
    }

    /// <summary>
    /// Signals and acknowledgements get lost and overtake each other; in the end the listener has seen the last count. While none has overtaken another, never
    /// are more than the credit on their way (an acknowledgement speaks for all before it, which overtaking makes untrue).
    /// </summary>
    [Fact]
    public void No_ring_is_lost_for_ever() => Gen.Int[0, 9].Array[0, 400].Sample(steps =>
    {
        var doorbell = new Doorbell(5, "a", 0);
        var onTheWay = new List<ulong>();
        var acknowledgements = new List<ulong>();
        ulong handled = 0;
        ulong acknowledged = 0;
        bool overtaken = false;
        void Hear(ulong count)
        {
            bool repeat = count <= handled;
            handled = Math.Max(handled, count);
            if (repeat || handled - acknowledged >= VmLimits.DoorbellCredit / 2)
                acknowledgements.Add(acknowledged = handled);
        }

        foreach (int step in steps)
        {
            switch (step)
            {
                case < 5:
                    for (int i = 0; i <= step; i++)
                    {
                        if (doorbell.Ring())
                            onTheWay.Add(doorbell.Sent);
                    }

                    Assert.True(overtaken || onTheWay.Count <= VmLimits.DoorbellCredit);
                    break;
                case 5 when onTheWay.Count > 0:
                    overtaken |= onTheWay.Count > 1;
                    Hear(onTheWay[^1]);
                    onTheWay.RemoveAt(onTheWay.Count - 1);
                    break;
                case 6 when onTheWay.Count > 0:
                    Hear(onTheWay[0]);
                    onTheWay.RemoveAt(0);
                    break;
                case 7 when onTheWay.Count > 0:
                    onTheWay.RemoveAt(0);
                    break;
                case 8 when acknowledgements.Count > 0:
                    if (doorbell.Acknowledge(acknowledgements[^1], out _))
                        onTheWay.Add(doorbell.Sent);
                    break;
                case 9 when acknowledgements.Count > 0:
                    acknowledgements.RemoveAt(0);
                    break;
            }
        }

        // The links heal: a few periods are enough, and then nothing is outstanding.
        for (int period = 0; period < 6; period++)
        {
            if (doorbell.Age())
                Hear(doorbell.Sent);
            acknowledgements.ForEach(each => doorbell.Acknowledge(each, out _));
        }

        Assert.Equal(doorbell.Count, handled);
        Assert.False(doorbell.IsOutstanding);
    });
}
