namespace Actors.Simulation;

/// <summary>Something happened to nodes, to their membership, or to who owns a VM.</summary>
/// <param name="Kind">What.</param>
/// <param name="Node">The node that says so, or that it happened to; -1: the world.</param>
/// <param name="Vm">The VM of the plan, or -1.</param>
/// <param name="Machine">Its incarnation, as a machine's number; -1: none.</param>
/// <param name="Token">Fencing token, or 0.</param>
/// <param name="Other">Another node that belongs to it, or a number; -1: none.</param>
public readonly record struct ClusterEvent(ClusterEventKind Kind, int Node, int Vm = -1, int Machine = -1, ulong Token = 0, int Other = -1);

/// <summary>What happens in a cluster.</summary>
public enum ClusterEventKind : byte
{
    /// <summary>A node's process begins (its life is in <see cref="ClusterEvent.Other"/>).</summary>
    NodeStarted,

    /// <summary>A node's process is gone, with its memory and all that was on its way from it.</summary>
    NodeCrashed,

    /// <summary>A node does nothing from now on.</summary>
    NodePaused,

    /// <summary>A paused node goes on with what it had.</summary>
    NodeResumed,

    /// <summary>A node is a member that may host VMs, as one node sees it.</summary>
    MemberUp,

    /// <summary>A node doesn't hear another one any more.</summary>
    MemberUnreachable,

    /// <summary>It hears it again.</summary>
    MemberReachable,

    /// <summary>A node takes another one for lost and says so to the rest.</summary>
    MemberDowned,

    /// <summary>A node learned or decided that it is out: its process ends.</summary>
    NodeLeft,

    /// <summary>A majority granted a token for a VM; which nodes, is said by the bits of <see cref="ClusterEvent.Other"/>.</summary>
    TokenGranted,

    /// <summary>An incarnation of a VM begins on a node.</summary>
    MachineBegun,

    /// <summary>An incarnation is over in order, on its node's word.</summary>
    MachineStopped,

    /// <summary>A node says that it has given a VM up, for another to take.</summary>
    Released,

    /// <summary>A VM has ended for good, and a majority knows.</summary>
    Ended,

    /// <summary>A node decided on members that it doesn't hear, and goes on. The members are the bits of the token, those that it hears of <see cref="ClusterEvent.Other"/>.</summary>
    Survived,

    /// <summary>It decided, and ends itself.</summary>
    Yielded,

    /// <summary>A message of another wire version was refused.</summary>
    VersionRefused,

    /// <summary>A damaged message was refused.</summary>
    MessageRefused,
}
