namespace Actors.Simulation;

/// <summary>What a node is in a cluster; of two opinions on one life the later one holds.</summary>
internal enum MemberStatus : byte
{
    /// <summary>Nobody has heard of it.</summary>
    Unknown,

    /// <summary>It wants to be a member.</summary>
    Joining,

    /// <summary>A member.</summary>
    Up,

    /// <summary>It gives its VMs away before it leaves.</summary>
    Leaving,

    /// <summary>Not a member any more; only a new life can be.</summary>
    Down,
}

/// <summary>A node in one life.</summary>
/// <param name="Life">Counts the node's processes, from 1.</param>
/// <param name="Status">What it is.</param>
internal readonly record struct MemberState(int Life, MemberStatus Status)
{
    /// <summary>Whether VMs may be there.</summary>
    public bool IsMember => Status is MemberStatus.Up or MemberStatus.Leaving;

    /// <summary>The later of two opinions: so all come to the same, in whichever order they hear.</summary>
    public MemberState Merge(MemberState other) => other.Life != Life
        ? (other.Life > Life ? other : this)
        : other.Status > Status ? other : this;
}

/// <summary>Who owns a VM, as its owner told.</summary>
/// <param name="Token">Of the incarnation; 0: none yet.</param>
/// <param name="Node">Where.</param>
/// <param name="Life">In which life of the node.</param>
/// <param name="State">How far.</param>
internal readonly record struct OwnerRecord(ulong Token, int Node, int Life, OwnerState State)
{
    /// <summary>The later of two.</summary>
    public OwnerRecord Merge(in OwnerRecord other) => other.Token != Token
        ? (other.Token > Token ? other : this)
        : other.State > State ? other : this;
}

/// <summary>Stages of an owner.</summary>
internal enum OwnerState : byte
{
    /// <summary>Nobody.</summary>
    None,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>Given up for another node.</summary>
    Released,

    /// <summary>The VM has ended.</summary>
    Ended,
}
