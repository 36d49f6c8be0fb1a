using System.Numerics;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <content>The network between logical nodes.</content>
internal sealed partial class FaultPlane
{
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
            return (a, b) => Math.Abs(a - b) != 1 && Math.Abs(a - b) != nodes - 1;
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
