using Actors.Protocol;
using Akka.Actor;
using CsCheck;

namespace Actors.Cluster.Tests;

public sealed class LedgerBookTests
{
    private readonly LedgerBook _book = new("here:1");
    private readonly List<VmEntry> _lot = [];

    [Fact]
    public void What_this_node_says_goes_to_a_peer_once_and_in_order()
    {
        _book.Record(Entry(1, 1));
        _book.Record(Entry(2, 1));
        var known = _book.NextLot(0, _lot);
        Assert.Equal([1, 2], _lot.Select(entry => entry.Vm.Value));
        known = _book.NextLot(known, _lot);
        Assert.Empty(_lot);
        _book.Record(Entry(1, 1, VmEntryState.Ended));
        _book.NextLot(known, _lot);
        Assert.Equal(VmEntryState.Ended, Assert.Single(_lot).State);
    }

    [Fact]
    public void A_lot_is_bounded_and_the_rest_follows()
    {
        for (var vm = 1; vm <= (2 * LedgerBook.MaxLot) + 1; vm++)
            _book.Record(Entry(vm, 1));
        var seen = new List<int>();
        for (var known = 0L; ;)
        {
            known = _book.NextLot(known, _lot);
            if (_lot.Count == 0)
                break;
            Assert.True(_lot.Count <= LedgerBook.MaxLot);
            seen.AddRange(_lot.Select(entry => entry.Vm.Value));
        }

        Assert.Equal(Enumerable.Range(1, (2 * LedgerBook.MaxLot) + 1), seen);
    }

    [Fact]
    public void A_higher_token_wins_in_whatever_order_it_is_heard()
    {
        _book.Hear(Entry(1, 5, node: "there:1"), isMember: true);
        Assert.False(_book.Hear(Entry(1, 4, VmEntryState.Ended, "other:1"), isMember: true));
        Assert.Equal("there:1", _book.Find(new VmId(1))!.Entry.Node);
    }

    [Fact]
    public void Vms_of_a_node_that_went_are_without_one_until_another_says_that_it_has_them()
    {
        _book.Hear(Entry(1, 5, node: "there:1"), isMember: true);
        _book.Hear(Entry(2, 5, node: "other:1"), isMember: true);
        _book.Lose("there:1");
        Assert.Equal([1], _book.Orphans);
        _book.Hear(Entry(1, 6, node: "other:1"), isMember: true);
        Assert.Empty(_book.Orphans);
    }

    [Fact]
    public void A_vm_that_was_left_is_without_a_node_and_one_that_ended_is_not()
    {
        _book.Record(Entry(1, 5, VmEntryState.Vacant));
        _book.Hear(Entry(2, 5, VmEntryState.Ended, "there:1"), isMember: false);
        Assert.Equal([1], _book.Orphans);
    }

    [Fact]
    public void News_of_a_node_that_is_no_member_any_more_make_an_orphan()
    {
        _book.Hear(Entry(1, 5, node: "there:1"), isMember: false);
        Assert.Equal([1], _book.Orphans);
    }

    [Fact]
    public void What_another_node_took_over_is_not_told_as_ones_own()
    {
        _book.Record(Entry(1, 5));
        _book.Hear(Entry(1, 6, node: "there:1"), isMember: true);
        _book.NextLot(0, _lot);
        Assert.Empty(_lot);
    }

    [Fact]
    public void Forgotten_vms_are_bounded()
    {
        for (var vm = 1; vm <= LedgerBook.MaxForgotten + 10; vm++)
            _book.Record(Entry(vm, 1, VmEntryState.Forgotten));
        Assert.Equal(LedgerBook.MaxForgotten, _book.Count);
    }

    [Fact]
    public void Books_that_heard_the_same_in_any_order_agree() =>
        Gen.Select(Gen.Int[1, 4], Gen.ULong[1, 4], Gen.Int[0, 3]).Array[1, 30].Select(Gen.Int[0, int.MaxValue]).Sample((changes, seed) =>
        {
            var entries = changes.Select(change => Entry(change.Item1, change.Item2, (VmEntryState)change.Item3, "there:1")).ToArray();
            var shuffled = entries.ToArray();
            new Random(seed).Shuffle(shuffled);
            var left = new LedgerBook("here:1");
            var right = new LedgerBook("here:2");
            foreach (var entry in entries)
                left.Hear(entry, isMember: true);
            foreach (var entry in shuffled)
                right.Hear(entry, isMember: true);
            for (var vm = 1; vm <= 4; vm++)
            {
                var (a, b) = (left.Find(new VmId(vm))?.Entry, right.Find(new VmId(vm))?.Entry);
                Assert.Equal((a?.Fence, a?.State), (b?.Fence, b?.State));
            }

            Assert.Equal(left.Orphans, right.Orphans);
        });

    private static VmEntry Entry(int vm, ulong fence, VmEntryState state = VmEntryState.Owned, string node = "here:1") =>
        new(new VmId(vm), new FencingToken(fence), state, node, TestCluster.Idle(vm), VmPlacement.Colocated, ActorRefs.Nobody, null);
}
