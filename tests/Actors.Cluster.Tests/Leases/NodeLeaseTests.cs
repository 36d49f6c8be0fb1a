using Actors.DeviceModel;

namespace Actors.Cluster.Tests;

public sealed class NodeLeaseTests
{
    private static readonly LeaseTimes Times = LeaseTimes.Of(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2));

    private readonly LeaseClock _clock = new();
    private readonly NodeLease _lease;

    public NodeLeaseTests() => _lease = new NodeLease(2, Times, _clock);

    [Fact]
    public void Who_is_no_member_has_none() => Assert.False(_lease.Holds);

    [Fact]
    public void Who_is_alone_has_it_for_good()
    {
        _lease.SetMembers([2]);
        _clock.Pass(TimeSpan.FromDays(1000));
        Assert.True(_lease.Holds);
        Assert.True(_lease.IsForGood);
    }

    [Fact]
    public void It_is_good_from_the_question_on_however_late_the_answer_comes()
    {
        _lease.SetMembers([1, 2, 3]);
        var asked = _clock.GetTimestamp();
        _clock.Pass(Times.Length - TimeSpan.FromMilliseconds(1));
        _lease.Granted(3, asked);
        Assert.True(_lease.Holds);
        _clock.Pass(TimeSpan.FromMilliseconds(1));
        Assert.False(_lease.Holds);

        // An answer that a stopped process finds in its socket when it wakes up.
        _clock.Pass(TimeSpan.FromSeconds(30));
        _lease.Granted(1, asked);
        Assert.False(_lease.Holds);
    }

    [Fact]
    public void It_takes_a_majority_and_an_old_answer_takes_nothing_back()
    {
        _lease.SetMembers([1, 2, 3, 4, 5]);
        _lease.Granted(3, _clock.GetTimestamp());
        Assert.False(_lease.Holds);
        _lease.Granted(9, _clock.GetTimestamp());
        Assert.False(_lease.Holds);
        _lease.Granted(3, _clock.GetTimestamp());
        Assert.False(_lease.Holds);
        _lease.Granted(4, _clock.GetTimestamp());
        Assert.True(_lease.Holds);
        _clock.Pass(Times.Length / 2);
        _lease.Granted(4, _clock.GetTimestamp());
        _lease.Granted(3, _clock.GetTimestamp());
        _lease.Granted(3, _clock.GetTimestamp() - 1);
        _clock.Pass(Times.Length * 3 / 4);
        Assert.True(_lease.Holds);
    }

    [Fact]
    public void An_answer_from_the_future_is_none()
    {
        _lease.SetMembers([1, 2, 3]);
        _lease.Granted(1, _clock.GetTimestamp() + 1);
        Assert.False(_lease.Holds);
    }

    [Fact]
    public void Of_two_the_first_needs_nobody_and_the_second_needs_the_first()
    {
        _lease.SetMembers([2, 7]);
        Assert.True(_lease.IsForGood);

        var second = new NodeLease(7, Times, _clock);
        second.SetMembers([2, 7]);
        Assert.False(second.Holds);
        second.Granted(2, _clock.GetTimestamp());
        Assert.True(second.Holds);
        _clock.Pass(Times.Length);
        Assert.False(second.Holds);
    }

    [Fact]
    public void Any_two_sets_that_are_enough_have_a_member_in_common()
    {
        for (var count = 1; count <= 6; count++)
        {
            var members = Enumerable.Range(10, count).ToArray();
            for (var set = 0; set < 1 << count; set++)
            {
                var others = ~set & ((1 << count) - 1);
                Assert.NotEqual(IsEnough(set), IsEnough(others));
            }

            bool IsEnough(int set) => LeaseQuorum.HeardSince([.. members], member => (set >> (member - 10) & 1) != 0 ? 5 : long.MinValue) == 5;
        }
    }

    [Fact]
    public void Who_gets_company_has_a_lease_s_time_to_hear_of_it()
    {
        _lease.SetMembers([2]);
        _lease.SetMembers([1, 2, 3]);
        Assert.True(_lease.Holds);
        Assert.False(_lease.IsForGood);
        _clock.Pass(Times.Length);
        Assert.False(_lease.Holds);
    }

    [Fact]
    public void Who_is_out_never_has_it_again()
    {
        _lease.SetMembers([1, 2, 3]);
        _lease.Granted(1, _clock.GetTimestamp());
        _lease.Revoke();
        Assert.False(_lease.Holds);
        _lease.Granted(3, _clock.GetTimestamp());
        _lease.SetMembers([2]);
        Assert.False(_lease.Holds);
    }

    [Fact]
    public void Who_waits_is_told_once_when_it_is_back()
    {
        var waiter = new Waiter();
        var other = new Waiter();
        _lease.SetMembers([1, 2, 3]);
        _lease.Await(waiter);
        _lease.Await(waiter);
        _lease.Await(other);
        _lease.Forget(other);
        Assert.Equal(1, _lease.Waiting);
        _lease.Granted(1, _clock.GetTimestamp());
        Assert.Equal(1, waiter.Told);
        Assert.Equal(0, other.Told);
        _clock.Pass(Times.Length);
        _lease.Granted(1, _clock.GetTimestamp());
        Assert.Equal(1, waiter.Told);
        _lease.Await(waiter);
        Assert.Equal(2, waiter.Told);
    }

    private sealed class Waiter : ILeaseWaiter
    {
        public int Told { get; private set; }

        public void OnLease() => Told++;
    }
}
