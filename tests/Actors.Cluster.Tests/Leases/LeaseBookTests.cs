using Actors.Protocol;

namespace Actors.Cluster.Tests;

public sealed class LeaseBookTests
{
    private static readonly LeaseTimes Times = LeaseTimes.Of(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2));

    private readonly LeaseClock _clock = new();
    private readonly Dictionary<int, LeaseBook> _nodes = [];
    private readonly HashSet<int> _stopped = [];
    private int _settled;
    private int _sent;

    public LeaseBookTests()
    {
        for (var node = 1; node <= 3; node++)
            _nodes.Add(node, new LeaseBook(node, new NodeLease(node, Times, _clock), Times, _clock) { Effects = new Wire(this) });
        foreach (var book in _nodes.Values)
            book.SetMembers([1, 2, 3], [1, 2, 3]);
    }

    [Fact]
    public void A_round_gives_everybody_a_lease()
    {
        Round();
        Assert.All(_nodes.Values, static book => Assert.True(book.Lease.Holds));
    }

    [Fact]
    public void A_stopped_node_has_lost_its_lease_before_the_others_go_on()
    {
        Round();
        _stopped.Add(1);
        _clock.Pass(Times.Length);
        Assert.False(_nodes[1].Lease.Holds);
        Lose(2);
        Assert.False(_nodes[2].IsSettled);
        _clock.Pass(Times.GrantedFor - Times.Length);
        _nodes[2].Settle();
        Assert.True(_nodes[2].IsSettled);
        Assert.True(_settled > 0);
    }

    [Fact]
    public void Who_is_about_to_take_over_waits_for_what_another_one_granted()
    {
        // Node 3 hears node 1 and grants; node 2 doesn't, and takes it for lost.
        Round();
        _clock.Pass(Times.Window * 2);
        _nodes[1].Renew();
        Lose(2);
        Assert.True(_nodes[1].Lease.Holds);
        Assert.False(_nodes[2].IsSettled);

        // Once asked, node 3 grants nothing more: the lease ends, and only then does node 2 go on.
        for (var passed = TimeSpan.Zero; !_nodes[2].IsSettled; passed += Times.Interval)
        {
            Assert.True(passed < Times.Window);
            _clock.Pass(Times.Interval);
            _nodes[1].Renew();
            _nodes[2].Settle();
        }

        Assert.False(_nodes[1].Lease.Holds);
    }

    [Fact]
    public void A_member_that_somebody_misses_is_granted_nothing()
    {
        _nodes[2].SetMembers([1, 2, 3], [2, 3]);
        _nodes[3].SetMembers([1, 2, 3], [2, 3]);
        Round();
        Assert.False(_nodes[1].Lease.Holds);
        Assert.True(_nodes[2].Lease.Holds);
    }

    [Fact]
    public void Who_has_not_answered_is_waited_for_as_long_as_it_can_be_reached()
    {
        _stopped.UnionWith([1, 3]);
        Lose(2);
        _clock.Pass(Times.Window);
        _nodes[2].Settle();
        Assert.False(_nodes[2].IsSettled);
        _nodes[2].SetMembers([1, 2, 3], [2]);
        Assert.True(_nodes[2].IsSettled);
    }

    [Fact]
    public void Who_can_reach_too_few_to_be_sure_waits_as_long_as_any_lease_can_last()
    {
        _stopped.UnionWith([1, 3]);
        Lose(2);
        _nodes[2].SetMembers([1, 2, 3], [2]);
        _clock.Pass(Times.Window - TimeSpan.FromMilliseconds(1));
        _nodes[2].Settle();
        Assert.False(_nodes[2].IsSettled);
        _clock.Pass(TimeSpan.FromMilliseconds(1));
        _nodes[2].Settle();
        Assert.True(_nodes[2].IsSettled);
    }

    [Fact]
    public void An_answer_to_another_life_of_a_node_is_none()
    {
        _nodes[1].Hear(new LeaseHop.Granted(99, 2, _clock.GetTimestamp()));
        _nodes[1].Hear(new LeaseHop.Granted(99, 3, _clock.GetTimestamp()));
        Assert.False(_nodes[1].Lease.Holds);
        _stopped.Add(3);
        Lose(2);
        _clock.Pass(Times.Window);
        _nodes[2].Hear(new LeaseHop.Settled(99, 3, 1));
        Assert.False(_nodes[2].IsSettled);
        _nodes[2].Hear(new LeaseHop.Settled(2, 3, 1));
        Assert.True(_nodes[2].IsSettled);
    }

    [Fact]
    public void An_answer_in_the_name_of_another_process_makes_no_further_question()
    {
        _stopped.Add(3);
        Lose(2);
        _clock.Pass(Times.Window);
        _nodes[2].Settle();
        var before = _sent;
        _nodes[2].Hear(new LeaseHop.Settled(2, 99, 1));
        Assert.Equal(before, _sent);
        _nodes[2].Settle();
        Assert.Equal(before + 1, _sent);
    }

    private void Round()
    {
        foreach (var (node, book) in _nodes)
        {
            if (!_stopped.Contains(node))
                book.Renew();
        }
    }

    private void Lose(int by)
    {
        _nodes[by].SetMembers([1, 2, 3], [2, 3]);
        _nodes[by].Lose(1);
    }

    private sealed class Wire(LeaseBookTests test) : ILeaseEffects
    {
        public void Send(int node, object message)
        {
            test._sent++;
            if (!test._stopped.Contains(node))
                test._nodes[node].Hear(message);
        }

        public void Settled() => test._settled++;
    }
}
