using CsCheck;

namespace Actors.Simulation.Tests;

/// <summary>Who is a member of a simulated cluster: a node in one life, and never again in one that the others went on without.</summary>
public sealed class MembershipTests
{
    /// <summary>Rounds after which nodes that all hear each other agree: whom others miss is given up or gives up, and begins anew.</summary>
    private const int Enough = 60;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Who_stalls_while_two_others_form_a_new_cluster_is_not_let_in_again_in_its_old_life(int stalled)
    {
        var cluster = new MemberStage(3);
        cluster.Run(Enough);
        cluster.AssertAgreed();
        cluster.Pause(stalled);
        int[] others = [.. Enumerable.Range(0, 3).Where(node => node != stalled)];
        foreach (var node in others)
            cluster.Restart(node);
        cluster.Run(Enough);
        Assert.All(others, node => Assert.Equal(MemberStatus.Up, cluster[node][node].Status));

        cluster.Resume(stalled);
        for (var round = 0; round < Enough; round++)
        {
            cluster.Run(1);
            Assert.All(others, node => Assert.False(cluster[node][stalled] is { Life: 1, IsMember: true }));
        }

        // It gave up, and came as another.
        Assert.Equal([2, 2, 2], Enumerable.Range(0, 3).Select(cluster.LifeOf));
        cluster.AssertAgreed();
    }

    [Fact]
    public void Who_was_taken_for_lost_is_let_in_again_in_its_next_life_only()
    {
        var cluster = new MemberStage(3);
        cluster.Run(Enough);
        cluster.Pause(1);
        cluster.Run(Enough);
        Assert.Equal(new MemberState(1, MemberStatus.Down), cluster[0][1]);

        cluster.Resume(1);
        cluster.Run(Enough);
        Assert.Equal(2, cluster.LifeOf(1));
        cluster.AssertAgreed();
    }

    [Fact]
    public void Who_hears_the_new_cluster_and_is_not_heard_by_it_gives_up()
    {
        var cluster = new MemberStage(3);
        cluster.Run(Enough);

        // What it says is lost; what the others say, also that they want to join, arrives.
        cluster.Cut(0, 1);
        cluster.Cut(0, 2);
        cluster.Restart(1);
        cluster.Restart(2);
        cluster.Run(Enough);
        Assert.True(cluster.LifeOf(0) > 1);
        Assert.All((int[])[1, 2], node => Assert.False(cluster[node][0].IsMember));
        cluster.Heal();
        cluster.Run(Enough);
        cluster.AssertAgreed();
    }

    [Fact]
    public void Whatever_happened_nodes_that_all_hear_each_other_agree_in_the_end() =>
        Gen.Select(Gen.Int[3, 5], Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[1, 12]).Array[0, 24]).Sample(
            (nodes, steps) =>
            {
                var cluster = new MemberStage(nodes);
                cluster.Run(Enough / 2);
                foreach (var (step, one, other, rounds) in steps)
                {
                    cluster.Do(step, one % nodes, other % nodes);
                    cluster.Run(rounds);
                }

                cluster.Heal();
                cluster.Run(4 * Enough);
                cluster.AssertAgreed();
            },
            iter: 1_000);

    public enum Step
    {
        Pause,
        Resume,
        Restart,
        Cut,
        Join,
    }

    /// <summary>Cores of members, a clock of rounds, and what is on its way between them. Who leaves begins anew a few rounds later.</summary>
    private sealed class MemberStage
    {
        private const int Away = 3;

        private readonly Seat[] _seats;
        private readonly HashSet<(int From, int To)> _cuts = [];
        private long _now;

        public MemberStage(int nodes)
        {
            _seats = [.. Enumerable.Range(0, nodes).Select(node => new Seat(this, node))];
            foreach (var seat in _seats)
                seat.Begin();
        }

        public MemberCore this[int node] => _seats[node].Core!;

        public int LifeOf(int node) => _seats[node].Life;

        public void Pause(int node) => _seats[node].IsPaused = true;

        public void Resume(int node) => _seats[node].IsPaused = false;

        public void Restart(int node) => _seats[node].Begin();

        public void Cut(int from, int to) => _cuts.Add((from, to));

        public void Heal()
        {
            _cuts.Clear();
            foreach (var seat in _seats)
                seat.IsPaused = false;
        }

        public void Do(Step step, int one, int other)
        {
            switch (step)
            {
                case Step.Pause:
                    Pause(one);
                    break;
                case Step.Resume:
                    Resume(one);
                    break;
                case Step.Restart:
                    Restart(one);
                    break;
                case Step.Cut:
                    Cut(one, other);
                    break;
                default:
                    _cuts.Remove((one, other));
                    break;
            }
        }

        public void Run(int rounds)
        {
            for (var round = 0; round < rounds; round++)
            {
                _now++;
                foreach (var seat in _seats)
                    seat.Run();
            }
        }

        /// <summary>One cluster of all, in the lives that they have.</summary>
        public void AssertAgreed()
        {
            foreach (var seat in _seats)
                Assert.Equal(_seats.Select(static other => new MemberState(other.Life, MemberStatus.Up)), Enumerable.Range(0, _seats.Length).Select(node => seat.Core![node]));
            Assert.All(_seats, static seat => Assert.Equal(0U, seat.Core!.Unreachable));
        }

        private sealed class Seat(MemberStage stage, int index) : IMemberEffects
        {
            private readonly Queue<object> _inbox = [];
            private long _beginsAt;

            public MemberCore? Core { get; private set; }

            public int Life { get; private set; }

            public bool IsPaused { get; set; }

            public long Seconds => stage._now;

            public void Begin()
            {
                Life++;
                IsPaused = false;
                _beginsAt = 0;
                _inbox.Clear();
                Core = new MemberCore(index, Life, stage._seats.Length, 0, 1, new ClusterTimes(1, 5, 3), () => stage._now, new SplitDecision(), new TokenRegister(0), this);
            }

            public void Run()
            {
                if (_beginsAt > 0 && stage._now >= _beginsAt)
                    Begin();
                if (IsPaused || _beginsAt > 0)
                    return;
                while (_inbox.TryDequeue(out var message))
                    Core!.Hear(message);
                Core!.Tick();
            }

            public void Send(int node, object message)
            {
                if (!stage._cuts.Contains((index, node)))
                    stage._seats[node]._inbox.Enqueue(message);
            }

            public void Leave()
            {
                _beginsAt = stage._now + Away;
                _inbox.Clear();
            }

            public bool Decides(uint members, uint reachable, bool survives) => survives;

            public bool HostsGuests(int node) => true;

            public void Launch(int vm, ulong token)
            {
            }

            public void Raise(int vm, ulong token, ulong fence)
            {
            }

            public void Stop(int vm, ulong token)
            {
            }

            public void Tell(ClusterEventKind kind, int vm = -1, ulong token = 0, int other = -1)
            {
            }
        }
    }
}
