using Actors.Cluster;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>A logical node: the root actors of one process and what belongs to it. A process that ends and begins again is a new life of the same node.</summary>
internal sealed class SimNode(int index, NodeClock clock)
{
    /// <summary>Its number, from 0.</summary>
    public int Index { get; } = index;

    /// <summary>Its clock.</summary>
    public NodeClock Clock { get; } = clock;

    /// <summary>Counts its processes, from 1; 0 before the first.</summary>
    public int Life { get; set; }

    /// <summary>Whether its process lives (it may be paused).</summary>
    public bool IsAlive { get; set; }

    /// <summary>Pauses in effect.</summary>
    public int Pauses { get; set; }

    /// <summary>What each message costs each of its actors, ticks.</summary>
    public long Slowness { get; set; }

    /// <summary>Fingerprint of its wire format.</summary>
    public ulong Version { get; set; }

    /// <summary>Its actors of this life.</summary>
    public List<SimActor> Actors { get; } = [];

    /// <summary>Its member.</summary>
    public IActorRef Member { get; set; } = ActorRefs.Nobody;

    /// <summary>Its device model.</summary>
    public IActorRef DeviceModel { get; set; } = ActorRefs.Nobody;

    /// <summary>Its hypervisor.</summary>
    public IActorRef Hypervisor { get; set; } = ActorRefs.Nobody;

    /// <summary>Its lease, in this life; null where neither backends nor tokens need it.</summary>
    public NodeLease? Lease { get; set; }

    /// <summary>What its member knows; null before it began.</summary>
    public MemberCore? Core { get; set; }

    /// <summary>Begins with the node's name, for names of root actors.</summary>
    public string Prefix => Life == 1 ? $"n{Index}-" : $"n{Index}.{Life}-";

    /// <summary>Number of a node in the name of an actor, or -1; <paramref name="room"/> is the rest.</summary>
    public static int Parse(string root, out string room)
    {
        room = root;
        if (root.Length < 3 || root[0] != 'n' || !char.IsAsciiDigit(root[1]))
            return -1;
        var dash = root.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0)
            return -1;
        room = root[(dash + 1)..];
        var number = 0;
        for (var i = 1; i < dash && char.IsAsciiDigit(root[i]); i++)
            number = (number * 10) + (root[i] - '0');
        return number;
    }
}
