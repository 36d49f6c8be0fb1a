using System.Numerics;
using Actors.Cluster;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// One replica of the register of tokens. A token is had when a majority of replicas accepted it: two owners never have the same, and a later one has a
/// higher. A replica that has lost its memory answers nothing until it has read the others.
/// </summary>
internal class TokenRegister(int vms)
{
    private readonly RegisterEntry[] _entries = new RegisterEntry[vms];

    /// <summary>Whether it knows what it should.</summary>
    public bool IsReady { get; set; }

    /// <summary>A VM's place.</summary>
    public RegisterEntry this[int vm] => _entries[vm];

    /// <summary>All of it.</summary>
    public RegisterEntry[] Copy() => [.. _entries];

    /// <summary>The token that a node asks for when it has heard of one: production's rule.</summary>
    /// <param name="heard">The highest that it has heard of.</param>
    /// <param name="seconds">Its calendar, seconds since 1970.</param>
    /// <param name="uid">Tells the node's lives, and nodes, apart.</param>
    public virtual ulong Above(ulong heard, long seconds, int uid) =>
        FenceTokens.Make(FenceTokens.Next(FenceTokens.RegisterOf(new FencingToken(heard)), seconds), uid, 1).Value;

    /// <summary>Replicas that must accept a token, of so many.</summary>
    public virtual int Needed(int nodes) => (nodes / 2) + 1;

    /// <summary>Whether enough replicas have accepted a token.</summary>
    /// <param name="granted">Those that have, a bit each.</param>
    /// <param name="members">Members, a bit each.</param>
    /// <param name="nodes">All nodes.</param>
    /// <param name="wish">What production's rules say of it, where they are asked.</param>
    public virtual bool IsKnown(uint granted, uint members, int nodes, TokenWish? wish) =>
        BitOperations.PopCount(granted) >= Needed(nodes) && (wish is not { MustAllKnow: true } || (granted & members) == members);

    /// <summary>Whether production's rules are told that the node has its lease.</summary>
    public virtual bool MayAsk(bool holdsLease) => holdsLease;

    /// <summary>Takes what another replica has.</summary>
    public void Merge(RegisterEntry[] others)
    {
        for (var vm = 0; vm < _entries.Length; vm++)
        {
            var (mine, other) = (_entries[vm], others[vm]);
            if (other.Token > mine.Token || (other.Token == mine.Token && other.IsEnd))
                _entries[vm] = other;
        }
    }

    /// <summary>Takes what a majority has granted elsewhere.</summary>
    public void Learn(int vm, in OwnerRecord owner)
    {
        if (owner.Token > _entries[vm].Token)
            _entries[vm] = new RegisterEntry(owner.Token, owner.Node, owner.Life, owner.State == OwnerState.Ended);
    }

    /// <summary>Accepts a proposal, or doesn't.</summary>
    public virtual bool TryAccept(int vm, in RegisterEntry proposed)
    {
        var stored = _entries[vm];
        var isOwn = proposed.Token == stored.Token && proposed.Node == stored.Node && proposed.Life == stored.Life;
        if ((stored.IsEnd && !proposed.IsEnd) || proposed.Token < stored.Token || (proposed.Token == stored.Token && !isOwn))
            return false;
        Store(vm, proposed);
        return true;
    }

    /// <summary>Writes.</summary>
    protected void Store(int vm, in RegisterEntry entry) => _entries[vm] = entry;
}
