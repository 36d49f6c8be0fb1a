using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster;

namespace Actors.Cluster;

/// <summary>
/// How much of this node's changes each peer has said that it knows, and which owners wait for what. That a VM runs is known when every peer that can be reached knows it: one of them starts it
/// again. A member that was put out starts nothing: it isn't waited for, however long it takes until it is missed. That a VM has ended is known when every member does: each that doesn't would start it again,
/// also one that can't be reached now and is the one that is left later, and one whose being put out not everybody has heard of.
/// </summary>
internal sealed class LedgerPeers
{
    private readonly Dictionary<UniqueAddress, LedgerPeer> _peers = [];
    private readonly Queue<AwaitedEntry> _starts = [];
    private readonly Queue<AwaitedEntry> _ends = [];

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<LedgerPeer> All => _peers.Values;

    /// <summary>Number of the last change that every peer knows which can be reached.</summary>
    public long KnownByReachable => Known(isReachableOnly: true);

    /// <summary>Another member. False when it was known.</summary>
    public bool Add(UniqueAddress node, ICanTell ledger) => _peers.TryAdd(node, new LedgerPeer(node.Uid, ledger));

    /// <summary>It is no member any more.</summary>
    public void Remove(UniqueAddress node) => _peers.Remove(node);

    /// <summary>It can be reached, or can't.</summary>
    public void SetReachable(UniqueAddress node, bool isReachable)
    {
        if (_peers.TryGetValue(node, out var peer))
            peer.IsReachable = isReachable;
    }

    /// <summary>It was put out, and is removed as soon as it is missed.</summary>
    public void PutOut(UniqueAddress node)
    {
        if (_peers.TryGetValue(node, out var peer))
            peer.IsOut = true;
    }

    /// <summary>A peer says what it knows. Returns it when that is news.</summary>
    public LedgerPeer? Hear(LedgerHop.EntriesSeen seen)
    {
        foreach (var peer in _peers.Values)
        {
            if (peer.Uid != seen.Peer || seen.UpTo <= peer.Known)
                continue;
            peer.Known = seen.UpTo;
            peer.Patience = 0;
            return peer;
        }

        return null;
    }

    /// <summary>An owner waits for others to know of a change; of the same kind in the order of their numbers.</summary>
    /// <param name="version">Number of the change.</param>
    /// <param name="entry">What was recorded.</param>
    /// <param name="owner">Who waits.</param>
    public void Await(long version, VmEntry entry, IActorRef owner) =>
        (entry.State == VmEntryState.Owned ? _starts : _ends).Enqueue(new AwaitedEntry(version, entry.Fence, entry.State, owner));

    /// <summary>Takes what is known by those who have to, in order.</summary>
    public IEnumerable<AwaitedEntry> TakeKnown()
    {
        var known = _starts.Count == 0 ? 0 : Known(isReachableOnly: true);
        while (_starts.TryPeek(out var first) && first.Version <= known)
            yield return _starts.Dequeue();
        known = _ends.Count == 0 ? 0 : Known(isReachableOnly: false);
        while (_ends.TryPeek(out var first) && first.Version <= known)
            yield return _ends.Dequeue();
    }

    private long Known(bool isReachableOnly)
    {
        var known = long.MaxValue;
        foreach (var peer in _peers.Values)
        {
            if (!isReachableOnly || (peer.IsReachable && !peer.IsOut))
                known = Math.Min(known, peer.Known);
        }

        return known;
    }
}

/// <summary>The ledger of another member.</summary>
internal sealed class LedgerPeer(int uid, ICanTell ledger)
{
    /// <summary>Its incarnation.</summary>
    public int Uid { get; } = uid;

    /// <summary>Where it is.</summary>
    public ICanTell Ledger { get; } = ledger;

    /// <summary>Number of the last change that it knows.</summary>
    public long Known { get; set; }

    /// <summary>Ticks until the lot on its way is sent again; 0: none is.</summary>
    public int Patience { get; set; }

    /// <summary>It answers.</summary>
    public bool IsReachable { get; set; } = true;

    /// <summary>It was put out.</summary>
    public bool IsOut { get; set; }
}

/// <summary>What an owner waits for.</summary>
/// <param name="Version">Number of the change.</param>
/// <param name="Fence">Incarnation of the VM.</param>
/// <param name="State">What was recorded of it.</param>
/// <param name="Owner">Who waits.</param>
internal readonly record struct AwaitedEntry(long Version, FencingToken Fence, VmEntryState State, IActorRef Owner);
