using System.Numerics;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <content>The network between logical nodes.</content>
internal sealed partial class FaultPlane
{
    /// <summary>Purpose of the numbers of swizzles.</summary>
    private const ulong SwizzlePurpose = 0x8200;

    /// <summary>A message goes from one node to another. False: a fault took it.</summary>
    public bool AtNetwork(LinkSite site, int from, int to, IActorRef receiver, ref object message, IActorRef sender)
    {
        if (!_isOn)
            return true;
        foreach (var rule in _networkRules)
        {
            if (!Fires(rule, _world.NumberOf(receiver), out var firing))
                continue;
            switch (rule.Verb)
            {
                case FaultVerb.OneWay:
                    Cut(rule, firing, OneWay(rule.Parameters.Choice("direction"), from, to));
                    break;
                case FaultVerb.Partial:
                    Cut(rule, firing, Partly(rule.Parameters.Choice("mode"), (ulong)firing.B));
                    break;
                case FaultVerb.SwizzleClog:
                    Swizzle(rule, firing);
                    break;
                case FaultVerb.CorruptBytes:
                    return Corrupt(rule, firing, site, to, receiver, ref message, sender);
                case FaultVerb.Partition:
                    Cut(rule, firing, Sides(rule.Parameters.Choice("mode"), (ulong)firing.B));
                    break;
            }
        }

        return true;
    }

    /// <summary>Loses what goes any of these ways, until the fault heals.</summary>
    private void Cut(RuleState rule, in FaultFiring firing, Func<int, int, bool> isCut)
    {
        var network = _world.Cluster!.Network;
        var nodes = _world.Cluster.Nodes.Length;
        var fault = Open(rule, firing, firing.A, null);
        var cut = new List<SimNetwork.Way>();
        for (var from = 0; from < nodes; from++)
        {
            for (var to = 0; to < nodes; to++)
            {
                if (from == to || !isCut(from, to))
                    continue;
                var way = network[from, to];
                way.Cuts++;
                way.OnLost += Lost;
                cut.Add(way);
            }
        }

        fault.Repair = () =>
        {
            foreach (var way in cut)
            {
                way.Cuts--;
                way.OnLost -= Lost;
            }

            RecoverOnce(fault);
        };

        void Lost() => EffectOnce(fault);
    }

    /// <summary>Which ways a symmetric partition cuts.</summary>
    private Func<int, int, bool> Sides(int mode, ulong draw)
    {
        var nodes = _world.Cluster!.Nodes.Length;
        if (mode == 5)
            return (a, b) => Math.Abs(a - b) != 1 && (nodes == 3 || Math.Abs(a - b) != nodes - 1);
        var size = mode switch
        {
            1 => 1 + (int)(draw % (ulong)(nodes - 1)),
            2 => 1,
            3 => nodes / 2,
            4 => (nodes - 1) / 2,
            _ => 0,
        };
        var side = size > 0 ? Some(size, draw / 16) : (uint)(1 + (draw % ((1UL << nodes) - 2)));
        return (a, b) => (((side >> a) ^ (side >> b)) & 1) != 0;
    }

    /// <summary>Which ways a one-way partition cuts, whose rule fired at a message.</summary>
    private static Func<int, int, bool> OneWay(int direction, int from, int to) => direction switch
    {
        0 => (a, _) => a == from,
        1 => (_, b) => b == to,
        _ => (a, b) => a == from && b == to,
    };

    /// <summary>Which ways a partial partition cuts.</summary>
    private Func<int, int, bool> Partly(int mode, ulong draw)
    {
        // The nodes in a drawn order.
        var nodes = _world.Cluster!.Nodes.Length;
        var place = new int[nodes];
        var left = Enumerable.Range(0, nodes).ToList();
        for (var i = 0; i < nodes; i++)
        {
            var at = (int)(Prng.Mix(draw + (ulong)i) % (ulong)left.Count);
            place[left[at]] = i;
            left.RemoveAt(at);
        }

        var middle = nodes / 2;
        if (mode == 0)
            return (a, b) => place[a] != middle && place[b] != middle && place[a] < middle != place[b] < middle;
        var reach = nodes / 4 > 0 ? nodes / 4 : 1;
        return (a, b) => Math.Abs(place[a] - place[b]) is var distance && (nodes == 3 ? distance > reach : Math.Min(distance, nodes - distance) > reach);
    }

    /// <summary>Nodes of a subset are clogged one after the other in the first half of the time, and come back in the second in another order.</summary>
    private void Swizzle(RuleState rule, in FaultFiring firing)
    {
        var (network, nodes, length) = (_world.Cluster!.Network, _world.Cluster.Nodes.Length, Math.Max(2, firing.A));
        var draw = new Prng(_world.Request.Seed, SwizzlePurpose ^ ((ulong)rule.Index << 32) ^ (ulong)firing.Occurrence);
        var fault = Open(rule, firing, length, null);
        var clogged = new List<int>();
        for (var node = 0; node < nodes; node++)
        {
            var (isIn, begin, end) = (draw.Between(0, 1) == 0, draw.Between(0, length / 2), draw.Between(length / 2, length));
            if (!isIn && (node < nodes - 1 || clogged.Count > 0))
                continue;
            var one = node;
            _world.At(TimeSpan.FromTicks(Now + begin), () => Clog(one));
            _world.At(TimeSpan.FromTicks(Now + end), () => Free(one));
        }

        fault.Repair = () =>
        {
            while (clogged.Count > 0)
                Free(clogged[0]);
            RecoverOnce(fault);
        };

        void Clog(int node)
        {
            if (!fault.IsOpen)
                return;
            clogged.Add(node);
            EffectOnce(fault);
            foreach (var way in Ways(node))
                way.Clogs++;
        }

        void Free(int node)
        {
            if (!clogged.Remove(node))
                return;
            foreach (var way in Ways(node))
                SimNetwork.Unclog(way);
        }

        IEnumerable<SimNetwork.Way> Ways(int node)
        {
            for (var other = 0; other < nodes; other++)
            {
                if (other == node)
                    continue;
                yield return network[node, other];
                yield return network[other, node];
            }
        }
    }

    /// <summary>A bit of a message's bytes is turned: what comes of it is refused, or reads as something else. False: it is refused.</summary>
    private bool Corrupt(RuleState rule, in FaultFiring firing, LinkSite site, int to, IActorRef receiver, ref object message, IActorRef sender)
    {
        Effect(rule, firing, _world.NumberOf(receiver), firing.A);
        Recover(rule, firing.Occurrence, _world.NumberOf(receiver));
        var read = MemberWire.Read(MemberWire.Turned(MemberWire.Write(message), firing.A), _world.Flaw?.Find<UncheckedWire>() is null);
        if (read is not null)
        {
            message = read;
            return true;
        }

        _world.Withhold(site, receiver, message, sender);
        _world.Trace.Cluster(new ClusterEvent(ClusterEventKind.MessageRefused, to));
        return false;
    }

    /// <summary>So many nodes, by a draw.</summary>
    private uint Some(int count, ulong draw)
    {
        var nodes = _world.Cluster!.Nodes.Length;
        var chosen = 0u;
        for (var i = 0UL; BitOperations.PopCount(chosen) < count; i++)
            chosen |= 1u << (int)(Prng.Mix(draw + i) % (ulong)nodes);
        return chosen;
    }
}
