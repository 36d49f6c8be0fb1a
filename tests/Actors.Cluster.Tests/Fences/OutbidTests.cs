using Actors.Protocol;

namespace Actors.Cluster.Tests;

/// <summary>
/// The point of fencing, with real registers in a small world: homes of one shard come after one another, the ones before wake up at any time, find a higher token and ask for one above; messages take their
/// time. Once a home was admitted by the receiver, none before it ever is. The receiver remembers a token far above the calendar, which stands still: nothing but the rules keeps the order.
/// </summary>
public sealed class OutbidTests
{
    private const int Runs = 5000;

    [Fact]
    public void No_home_outbids_the_one_that_came_after_it() => Assert.All(Enumerable.Range(0, Runs), seed => Assert.Null(new Small(seed).Run()));

    [Fact]
    public void The_current_home_gets_above_what_the_receiver_remembers() => Assert.All(Enumerable.Range(0, Runs), seed =>
    {
        var world = new Small(seed);
        world.Run();
        Assert.True(world.IsCurrentAdmitted, $"seed {seed}: the current home was never admitted");
    });

    /// <summary>If anyone might outbid, this would be seen here.</summary>
    [Fact]
    public void Without_the_lease_one_does() => Assert.Contains(Enumerable.Range(0, Runs), seed => new Small(seed) { AnyoneMayOutbid = true }.Run() is not null);

    /// <summary>If it were enough that most nodes know a register beyond the calendar, this would be seen here.</summary>
    [Fact]
    public void Without_telling_all_nodes_one_does() => Assert.Contains(Enumerable.Range(0, 20 * Runs), seed => new Small(seed) { MostAreEnough = true }.Run() is not null);

    private sealed class Small(int seed)
    {
        private const int Nodes = 5;
        private const int Steps = 600;
        private const long Calendar = 1_700_000_000;

        private readonly Random _random = new(seed);
        private readonly ulong[] _replicas = new ulong[Nodes];
        private readonly List<Home> _homes = [];
        private FencingToken _highest = FenceTokens.Make(2_000_000_000, 4000, 1);
        private int _newestAdmitted = -1;

        public bool AnyoneMayOutbid { get; init; }

        public bool MostAreEnough { get; init; }

        public bool IsCurrentAdmitted => _newestAdmitted == _homes.Count - 1;

        /// <summary>Null, or what went wrong.</summary>
        public string? Run()
        {
            Begin(0, (1 << Nodes) - 1);
            for (var step = 0; step < Steps; step++)
            {
                if (step < Steps / 2 && _homes.Count < 3 && _random.Next(40) == 0)
                    TakeOver(step);
                var index = _random.Next(_homes.Count);
                if (step >= _homes[index].WakesAt && Step(index) is { } wrong)
                    return $"seed {seed}, step {step}: {wrong}";
            }

            // Whoever came last has the time that it needs.
            for (var step = 0; step < 2 * Steps && !IsCurrentAdmitted; step++)
            {
                if (Step(_homes.Count - 1) is { } wrong)
                    return $"seed {seed}, at the end: {wrong}";
            }

            return null;
        }

        private bool Holds(int home) => AnyoneMayOutbid || home == _homes.Count - 1;

        /// <summary>The current home stalls and is lost, perhaps with another node: its lease has run out before the next one begins. It wakes up sooner or later.</summary>
        private void TakeOver(int now)
        {
            var before = _homes[^1];
            before.WakesAt = now + _random.Next(Steps / 3);
            var view = before.View & ~(1 << before.Node);
            if (_random.Next(2) == 0 && int.PopCount(view) > 3)
                view &= ~(1 << Pick(view));
            Begin(Pick(view), view);
        }

        private void Begin(int node, int view)
        {
            var home = new Home(node, view, _random.Next(4096));
            home.Register.Add(new FenceRegister.Wish("start", default, default));
            _homes.Add(home);
        }

        private string? Step(int index)
        {
            var home = _homes[index];
            switch (_random.Next(4))
            {
                case 0 when home.Tokens.Count > 0:
                    return Greet(home, index);
                case 1 when home.Refused is { } seen:
                    home.Register.Add(new FenceRegister.Wish("raise", home.Token, seen));
                    break;
                case 2 when home.Writing is { } left:
                    if (left.Count > 0 && home.Told < home.Needed)
                    {
                        Write(home, left);
                        break;
                    }

                    home.Writing = null;
                    home.Register.Open(home.Value, home.Rise.MustAllKnow);
                    home.Register.IsBusy = false;
                    break;
                default:
                    GoOn(home, index);
                    break;
            }

            return null;
        }

        private void GoOn(Home home, int index)
        {
            var register = home.Register;
            if (register.IsBusy)
                return;
            while (register.TryGrant(Holds(index), out _, out var token))
                home.Tokens.Enqueue(token);
            if (!register.MustRaise(Holds(index)))
                return;

            // A read from any majority, its own replica among them, which has then what they have.
            register.IsBusy = true;
            var others = Shuffled(home).Take(int.PopCount(home.View) / 2);
            _replicas[home.Node] = others.Append(home.Node).Max(node => _replicas[node]);
            home.Rise = register.Plan(_replicas[home.Node], Calendar, Holds(index));
            home.Value = _replicas[home.Node] = home.Rise.From(_replicas[home.Node]);
            home.Needed = home.Rise.MustAllKnow && !MostAreEnough ? int.PopCount(home.View) - 1 : int.PopCount(home.View) / 2;
            home.Told = 0;
            home.Writing = new Queue<int>(Shuffled(home));
        }

        private void Write(Home home, Queue<int> left)
        {
            var node = left.Dequeue();
            _replicas[node] = Math.Max(_replicas[node], home.Value);
            home.Told++;
        }

        private string? Greet(Home home, int index)
        {
            home.Token = home.Tokens.Dequeue();
            if (home.Token < _highest)
            {
                home.Refused = _highest;
                return null;
            }

            (_highest, home.Refused) = (home.Token, null);
            if (index < _newestAdmitted)
                return $"home {index} was admitted with {home.Token} after home {_newestAdmitted}";
            _newestAdmitted = index;
            return null;
        }

        private int[] Shuffled(Home home)
        {
            var others = Enumerable.Range(0, Nodes).Where(node => node != home.Node && (home.View & (1 << node)) != 0).ToArray();
            _random.Shuffle(others);
            return others;
        }

        private int Pick(int view)
        {
            var nodes = Enumerable.Range(0, Nodes).Where(node => (view & (1 << node)) != 0).ToArray();
            return nodes[_random.Next(nodes.Length)];
        }

        private sealed class Home(int node, int view, int uid)
        {
            public FenceRegister Register { get; } = new(uid);

            public int Node => node;

            public int View => view;

            public Queue<FencingToken> Tokens { get; } = [];

            public FencingToken Token { get; set; }

            public FencingToken? Refused { get; set; }

            public Queue<int>? Writing { get; set; }

            public FenceRegister.Rise Rise { get; set; }

            public ulong Value { get; set; }

            public int WakesAt { get; set; }

            public int Needed { get; set; }

            public int Told { get; set; }
        }
    }
}
