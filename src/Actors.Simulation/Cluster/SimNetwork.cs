using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>
/// What lies between nodes: each message takes its time and keeps its order, as on a connection; a cut direction loses what is sent, a clogged one keeps it until it is
/// free again.
/// </summary>
internal sealed class SimNetwork
{
    /// <summary>Purpose of the network's numbers.</summary>
    private const ulong Purpose = 4;

    /// <summary>Messages between members.</summary>
    public static readonly LinkSite Site = new("network");

    private readonly World _world;
    private readonly SimCluster _cluster;
    private readonly PlanLatency _latency;
    private readonly Way[] _ways;

    /// <summary>Makes a network without faults.</summary>
    public SimNetwork(World world, SimCluster cluster, int nodes, PlanLatency latency)
    {
        (_world, _cluster, _latency) = (world, cluster, latency);
        _ways = new Way[nodes * nodes];
        for (var i = 0; i < _ways.Length; i++)
            _ways[i] = new Way(new Prng(world.Request.Seed, Purpose + ((ulong)i << 8)));
    }

    /// <summary>A direction between two nodes.</summary>
    public Way this[int from, int to] => _ways[(from * _cluster.Nodes.Length) + to];

    /// <summary>From a member to another.</summary>
    public void ToMember(SimNode from, int to, object message, IActorRef sender)
    {
        if (_cluster.Nodes[to].Life > 0)
            Send(Site, from.Index, to, _cluster.Nodes[to].Member, message, sender, isLate: false);
    }

    /// <summary>A message goes from one node to another.</summary>
    public void Send(LinkSite site, int from, int to, IActorRef receiver, object message, IActorRef sender, bool isLate)
    {
        if (_world.Faults.HasNetworkRules && !_world.Faults.AtNetwork(site, from, to, receiver, ref message, sender))
            return;
        var way = this[from, to];
        if (way.Cuts > 0)
        {
            way.OnLost?.Invoke();
            _world.Withhold(site, receiver, message, sender);
            return;
        }

        if (way.Clogs > 0)
        {
            _world.Withhold(site, receiver, message, sender);
            var life = _cluster.Nodes[from].Life;
            way.Kept.Add(() =>
            {
                if (_cluster.Nodes[from].Life == life && _cluster.Nodes[from].IsAlive)
                    Travel(way, site, from, receiver, message, sender, isLate: true);
            });
            return;
        }

        Travel(way, site, from, receiver, message, sender, isLate);
    }

    /// <summary>A direction isn't clogged any more.</summary>
    public static void Unclog(Way way)
    {
        if (--way.Clogs > 0)
            return;
        foreach (var kept in way.Kept)
            kept();
        way.Kept.Clear();
    }

    private void Travel(Way way, LinkSite site, int from, IActorRef receiver, object message, IActorRef sender, bool isLate)
    {
        var send = _world.Trace.Send(new SendEvent(site, _world.NumberOf(sender), _world.NumberOf(receiver), message, true, isLate));
        var due = _world.Now.Ticks + _latency.Minimum.Ticks + (long)way.Random.Exponential(_latency.Mean.Ticks);
        way.Last = Math.Max(due, way.Last);
        var (node, life) = (_cluster.Nodes[from], _cluster.Nodes[from].Life);
        _world.At(TimeSpan.FromTicks(way.Last), () =>
        {
            // What a process that is gone had not got through is gone too.
            if (node.Life == life && node.IsAlive)
                _world.Arrive(send, receiver, message, sender);
        });
    }

    /// <summary>A direction.</summary>
    internal sealed class Way(Prng random)
    {
        /// <summary>Its own numbers.</summary>
        public Prng Random { get; } = random;

        /// <summary>When the last message arrives.</summary>
        public long Last { get; set; }

        /// <summary>Faults that lose what is sent.</summary>
        public int Cuts { get; set; }

        /// <summary>Faults that keep it.</summary>
        public int Clogs { get; set; }

        /// <summary>What is kept.</summary>
        public List<Action> Kept { get; } = [];

        /// <summary>Told when something is lost.</summary>
        public Action? OnLost { get; set; }
    }
}
