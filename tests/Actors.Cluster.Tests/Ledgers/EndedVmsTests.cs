using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster;
using CsCheck;

namespace Actors.Cluster.Tests;

/// <summary>
/// Ledgers of three nodes and the owner of a VM on the first, in every order that chance finds: news come late, members can't be reached and come back, or are put out. At last the first
/// node is lost. Who was told without a doubt that the VM is over must never see it start again, whoever of the others is left.
/// </summary>
public sealed class EndedVmsTests
{
    [Fact]
    public void A_VM_whose_end_was_told_is_started_again_by_nobody() =>
        Gen.Enum<Step>().Array[0, 60].Sample(
            steps =>
            {
                var cluster = new ThreeNodes();
                foreach (var step in steps)
                    cluster.Do(step);
                if (cluster.IsEndTold)
                    Assert.Empty(cluster.WhoStartsItAgain());
            },
            iter: 20_000);

    [Fact]
    public void An_end_that_is_told_with_a_doubt_may_be_undone()
    {
        var cluster = new ThreeNodes();
        foreach (var step in (Step[])[Step.TellSecond, Step.TellThird, Step.End, Step.TellSecond])
            cluster.Do(step);
        for (var tick = 0; tick < VmOwner.MostTicksUntold; tick++)
            cluster.Do(Step.Tick);
        Assert.False(cluster.IsEndTold);
        Assert.True(cluster.IsDoubtTold);
        Assert.Equal(["third:1"], cluster.WhoStartsItAgain());
    }

    [Fact]
    public void A_member_that_is_put_out_is_not_waited_for_and_one_that_cannot_be_reached_is()
    {
        var cluster = new ThreeNodes();
        foreach (var step in (Step[])[Step.TellSecond, Step.TellThird, Step.PartThird, Step.End, Step.TellSecond])
            cluster.Do(step);
        Assert.False(cluster.IsEndTold);
        cluster.Do(Step.RemoveThird);
        Assert.True(cluster.IsEndTold);
        Assert.Empty(cluster.WhoStartsItAgain());
    }

    [Fact]
    public void The_next_owner_tells_everybody_before_it_tells_the_observer()
    {
        // The first node told the second of the end, and was lost. The second is asked; the third knows nothing of it.
        var (second, third) = (new LedgerBook("second:1"), new LedgerBook("third:1"));
        var ended = Entry() with { State = VmEntryState.Ended, Down = new ClusterHop.VmDown(Vm, new FencingToken(5), VmEnd.PowerOff, null, []) };
        second.Hear(ended, isMember: true);
        third.Hear(Entry(), isMember: true);
        foreach (var book in (LedgerBook[])[second, third])
            book.Lose("first:1");
        Assert.Equal([Vm.Value], third.Orphans);

        List<VmEntry> lot = [];
        Assert.Equal(0, second.NextLot(0, lot));
        var version = second.Record(ended);
        Assert.Equal((1, 1), (version, second.NextLot(0, lot)));
        third.Hear(Assert.Single(lot), isMember: false);
        Assert.Empty(third.Orphans);

        // Said twice it is one change, and what is older than what is known is none.
        Assert.Equal(version, second.Record(ended));
        Assert.Equal(0, second.Record(Entry()));
    }

    private static readonly VmId Vm = new(7);

    private static VmEntry Entry() => new(Vm, new FencingToken(5), VmEntryState.Owned, "first:1", TestCluster.Idle(7), VmPlacement.Colocated, ActorRefs.Nobody, null);

    public enum Step
    {
        TellSecond,
        TellThird,
        End,
        Tick,
        PartSecond,
        PartThird,
        MeetSecond,
        MeetThird,
        RemoveThird,
    }

    private sealed class ThreeNodes : IVmOwnerEffects
    {
        private readonly LedgerBook _first = new("first:1");
        private readonly LedgerPeers _peers = new();
        private readonly UniqueAddress[] _names = [.. ((string[])["second", "third"]).Select((host, index) => new UniqueAddress(new Address("akka.tcp", "actors", host, 1), index + 2))];
        private readonly LedgerBook[] _others = [new("second:1"), new("third:1")];
        private readonly bool[] _isParted = new bool[2];
        private readonly bool[] _isRemoved = new bool[2];
        private readonly VmOwner _owner;

        public ThreeNodes()
        {
            foreach (var name in _names)
                _peers.Add(name, ActorRefs.Nobody);
            _owner = new VmOwner(Vm, "first:1", this);
            _owner.Start(new ClusterHop.StartVm(TestCluster.Idle(7), VmPlacement.Colocated, ActorRefs.Nobody));
            _owner.Take(new FencingToken(5));
            _owner.Started([]);
        }

        public bool IsEndTold { get; private set; }

        public bool IsDoubtTold { get; private set; }

        public string ServiceNode => "first:1";

        public void Do(Step step)
        {
            switch (step)
            {
                case Step.TellSecond or Step.TellThird:
                    Tell(step - Step.TellSecond);
                    break;
                case Step.End:
                    _owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.PowerOff, null, []));
                    break;
                case Step.Tick:
                    _owner.Tick();
                    break;
                case Step.PartSecond or Step.PartThird:
                    Part(step - Step.PartSecond, isParted: true);
                    break;
                case Step.MeetSecond or Step.MeetThird:
                    Part(step - Step.MeetSecond, isParted: false);
                    break;
                default:
                    _isRemoved[1] = true;
                    _peers.Remove(_names[1]);
                    break;
            }

            foreach (var known in _peers.TakeKnown())
                _owner.Recorded(known.Fence, known.State);
        }

        /// <summary>The first node is lost. Of the others, who finds the VM without a node? Who was put out starts nothing.</summary>
        public IEnumerable<string> WhoStartsItAgain()
        {
            for (var other = 0; other < _others.Length; other++)
            {
                _others[other].Lose("first:1");
                if (!_isRemoved[other] && _others[other].Orphans.Count > 0)
                    yield return $"{_names[other].Address.Host}:1";
            }
        }

        public void Record(VmEntry entry, bool isAnswered)
        {
            var version = _first.Record(entry);
            if (isAnswered)
                _peers.Await(version, entry, ActorRefs.Nobody);
        }

        public void Tell(IActorRef to, object message)
        {
            if (message is not ClusterHop.VmDown down)
                return;
            IsEndTold |= down.Detail is null;
            IsDoubtTold |= down.Detail is not null;
        }

        public void AskToken(FencingToken above, FencingToken seen = default)
        {
        }

        public void Raise(FencingToken machine, FencingToken fence)
        {
        }

        public void Say(string sentence)
        {
        }

        public void Launch(VmSpec spec, VmPlacement placement, FencingToken fence)
        {
        }

        public void StopMachine()
        {
        }

        public void Leave()
        {
        }

        private void Tell(int other)
        {
            if (_isParted[other] || _isRemoved[other])
                return;
            var peer = _peers.All.Single(peer => peer.Uid == _names[other].Uid);
            List<VmEntry> lot = [];
            var upTo = _first.NextLot(peer.Known, lot);
            foreach (var entry in lot)
                _others[other].Hear(entry, isMember: true);
            _peers.Hear(new LedgerHop.EntriesSeen("", peer.Uid, upTo));
        }

        private void Part(int other, bool isParted)
        {
            _isParted[other] = isParted;
            _peers.SetReachable(_names[other], !isParted);
        }
    }
}
