using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster;

namespace Actors.Cluster.Tests;

/// <summary>Whom an announcement waits for.</summary>
public sealed class LedgerPeersTests
{
    private readonly LedgerPeers _peers = new();
    private readonly UniqueAddress _second = new(new Address("akka.tcp", "actors", "second", 1), 2);
    private readonly UniqueAddress _third = new(new Address("akka.tcp", "actors", "third", 1), 3);

    public LedgerPeersTests()
    {
        _peers.Add(_second, ActorRefs.Nobody);
        _peers.Add(_third, ActorRefs.Nobody);
    }

    [Fact]
    public void A_start_does_not_wait_for_a_member_that_was_put_out_and_is_not_missed_yet_and_an_end_does()
    {
        _peers.Await(1, Entry(VmEntryState.Owned), ActorRefs.Nobody);
        _peers.Await(2, Entry(VmEntryState.Ended), ActorRefs.Nobody);
        Know(_second, 2);
        Assert.Empty(_peers.TakeKnown());
        Assert.Equal(0, _peers.KnownByReachable);

        _peers.PutOut(_third);
        Assert.Equal(VmEntryState.Owned, Assert.Single(_peers.TakeKnown()).State);
        Assert.Equal(2, _peers.KnownByReachable);

        _peers.Remove(_third);
        Assert.Equal(VmEntryState.Ended, Assert.Single(_peers.TakeKnown()).State);
    }

    [Fact]
    public void Who_was_put_out_is_not_waited_for_though_it_is_heard_again()
    {
        _peers.Await(1, Entry(VmEntryState.Owned), ActorRefs.Nobody);
        _peers.PutOut(_third);
        _peers.SetReachable(_third, isReachable: false);
        _peers.SetReachable(_third, isReachable: true);
        Assert.Empty(_peers.TakeKnown());
        Know(_second, 1);
        Assert.Single(_peers.TakeKnown());
    }

    private void Know(UniqueAddress peer, long upTo) => _peers.Hear(new LedgerHop.EntriesSeen("", peer.Uid, upTo));

    private static VmEntry Entry(VmEntryState state) =>
        new(new VmId(7), new FencingToken(5), state, "first:1", TestCluster.Idle(7), VmPlacement.Colocated, ActorRefs.Nobody, null);
}
