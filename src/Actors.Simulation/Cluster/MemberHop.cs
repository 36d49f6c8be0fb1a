namespace Actors.Simulation;

/// <summary>Between the members of a simulated cluster. They cross the network.</summary>
internal static class MemberHop
{
    /// <summary>I live, and this is what I know.</summary>
    /// <param name="From">Node.</param>
    /// <param name="Life">Its life.</param>
    /// <param name="Version">Fingerprint of its wire format.</param>
    /// <param name="Members">All nodes, as it sees them.</param>
    /// <param name="Owners">All VMs.</param>
    /// <param name="Asking">Of each VM, where backends know no tokens: the one that it asks for or has.</param>
    internal sealed record Heartbeat(int From, int Life, ulong Version, MemberState[] Members, OwnerRecord[] Owners, ulong[] Asking);

    /// <summary>Leader to a node: take this VM, whose last known token is given.</summary>
    internal sealed record Take(int From, int Life, int Vm, ulong Known);

    /// <summary>To each replica of the register: this token for a VM is mine, or: the VM has ended under it.</summary>
    internal sealed record Propose(int From, int Life, int Vm, ulong Token, bool IsEnd);

    /// <summary>From a replica: so it is written.</summary>
    internal sealed record Accepted(int From, int Life, int Vm, ulong Token, bool IsEnd);

    /// <summary>From a replica: no; this is what stands there.</summary>
    internal sealed record Rejected(int From, int Life, int Vm, ulong Token, bool IsEnd, RegisterEntry Stored);

    /// <summary>A joining node asks a member for its replica.</summary>
    internal sealed record ReadRegister(int From, int Life);

    /// <summary>All of a replica.</summary>
    internal sealed record RegisterCopy(int From, int Life, RegisterEntry[] Entries);

    /// <summary>The node's own timer.</summary>
    internal sealed record Tick
    {
        public static readonly Tick Instance = new();
    }

    /// <summary>From the experiment to a member: get a token for a VM, though it has an owner.</summary>
    internal sealed record Seize(int Vm);

    /// <summary>From the experiment to a member: end what you should have given away.</summary>
    internal sealed record Repent
    {
        public static readonly Repent Instance = new();
    }

    /// <summary>From the experiment to a member: give your VMs away.</summary>
    /// <param name="Leaves">And leave the cluster then.</param>
    /// <param name="KeepsRunning">The mistake: say so, and go on with them.</param>
    internal sealed record GiveAway(bool Leaves, bool KeepsRunning);
}

/// <summary>A VM's place in a replica of the register.</summary>
/// <param name="Token">The highest that was accepted.</param>
/// <param name="Node">Whose.</param>
/// <param name="Life">In which life.</param>
/// <param name="IsEnd">The VM has ended.</param>
internal readonly record struct RegisterEntry(ulong Token, int Node, int Life, bool IsEnd);
