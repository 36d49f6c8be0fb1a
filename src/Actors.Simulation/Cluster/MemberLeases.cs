using System.Collections.Immutable;
using Actors.Cluster;

namespace Actors.Simulation;

/// <summary>
/// A simulated node's part in leases: production's own book and lease, on the node's clock and over the simulated network. To them each life
/// of a node is a node. Backends that know no tokens are used under it; and where backends remember tokens, those above are asked for under it.
/// </summary>
internal sealed class MemberLeases : ILeaseEffects
{
    private const int LivesBits = 8;

    private readonly int _self;
    private readonly IMemberEffects _effects;
    private readonly LeaseBook _book;
    private readonly NodeLease _lease;
    private readonly HashSet<int> _lost = [];
    private readonly Dictionary<int, ulong> _free = [];

    /// <summary>Begins with a life of a node.</summary>
    public MemberLeases(SimNode node, ClusterTimes times, bool guardsBackends, IMemberEffects effects)
    {
        GuardsBackends = guardsBackends;
        _self = Id(node.Index, node.Life);
        _effects = effects;
        var lengths = LeaseTimes.Of(TimeSpan.FromTicks(times.Detection), TimeSpan.FromTicks(times.StableAfter));
        node.Lease = _lease = new NodeLease(_self, lengths, node.Clock);
        _book = new LeaseBook(_self, _lease, lengths, node.Clock) { Effects = this };
    }

    /// <summary>Whether backends are used under it, since they know no tokens.</summary>
    public bool GuardsBackends { get; }

    /// <summary>Whether the node has its lease.</summary>
    public bool Holds => _lease.Holds;

    /// <summary>A heartbeat's time has come: a round.</summary>
    public void Tick(ReadOnlySpan<MemberState> members, uint unreachable)
    {
        Look(members, unreachable);
        _book.Renew();
    }

    /// <summary>True when no lost node can have a lease any more.</summary>
    public bool IsSettled(ReadOnlySpan<MemberState> members, uint unreachable)
    {
        Look(members, unreachable);
        return _book.IsSettled;
    }

    /// <summary>
    /// Whether a token may be accepted: nobody has the VM, or who has it gave it up, or its process is lost and what was granted to it has run out. A replica may have lost its memory:
    /// so what owners say counts too.
    /// </summary>
    public bool MayPass(int vm, in RegisterEntry proposed, in RegisterEntry stored, in OwnerRecord owner, ReadOnlySpan<MemberState> members)
    {
        if (IsElsewhere(owner, proposed.Node, proposed.Life, members))
            return false;
        return proposed.Token <= stored.Token || (stored.Node == proposed.Node && stored.Life == proposed.Life)
            || stored.Token == 0 || stored.IsEnd || _free.GetValueOrDefault(vm) == stored.Token || IsLost(stored.Node, stored.Life, members);
    }

    /// <summary>Whether another process than this one runs a VM, or may do so.</summary>
    public bool IsElsewhere(in OwnerRecord owner, int node, int life, ReadOnlySpan<MemberState> members) =>
        owner.State == OwnerState.Running && (owner.Node != node || owner.Life != life) && !IsLost(owner.Node, owner.Life, members);

    /// <summary>A node says which tokens it asks for or has: what stands in the register and isn't among them, it has given up.</summary>
    public void Hear(int vm, in RegisterEntry stored, int node, int life, ulong[] asking)
    {
        if (stored.Node == node && stored.Life == life && asking[vm] != stored.Token)
            _free[vm] = stored.Token;
    }

    /// <summary>A message of another node's.</summary>
    public void Hear(object message) => _book.Hear(message);

    /// <summary>It is out.</summary>
    public void Revoke() => _book.Revoke();

    /// <inheritdoc/>
    public void Send(int node, object message) => _effects.Send(node >> LivesBits, message);

    /// <inheritdoc/>
    public void Settled()
    {
    }

    private static int Id(int node, int life) => (node << LivesBits) | (life & ((1 << LivesBits) - 1));

    private bool IsLost(int node, int life, ReadOnlySpan<MemberState> members) =>
        (members[node].Life > life || (members[node].Life == life && members[node].Status == MemberStatus.Down)) && _book.HasRunOut(Id(node, life));

    /// <summary>Of all nodes a majority grants a token here, so of all nodes a majority is needed for a lease, members or not.</summary>
    private void Look(ReadOnlySpan<MemberState> members, uint unreachable)
    {
        var all = ImmutableArray.CreateBuilder<int>();
        var reachable = ImmutableArray.CreateBuilder<int>();
        for (var node = 0; node < members.Length; node++)
        {
            var id = Id(node, members[node].Life);
            if (members[node].Status == MemberStatus.Down && _lost.Add(id))
                _book.Lose(id);
            all.Add(id);
            if (members[node].IsMember && (unreachable & (1u << node)) == 0)
                reachable.Add(id);
        }

        _book.SetMembers(all.ToImmutable(), reachable.ToImmutable());
    }
}
