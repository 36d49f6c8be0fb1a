using System.Collections.Immutable;
using Akka.Actor;

namespace Actors.Protocol;

/// <summary>Between the ledgers of a cluster's nodes: who runs which VM, so that it can be started again when its node is gone.</summary>
public static class LedgerHop
{
    /// <summary>What changed at a node. Repeated until <see cref="EntriesSeen"/>, and only then followed by more.</summary>
    /// <param name="Node">Who says it, as host:port.</param>
    /// <param name="Peer">The incarnation of the node that it is said to.</param>
    /// <param name="UpTo">Number of the last change that is in here.</param>
    /// <param name="Vms">The changes.</param>
    public sealed record Entries(string Node, int Peer, long UpTo, ImmutableArray<VmEntry> Vms) : IWireMessage;

    /// <summary>Changes up to this one are known.</summary>
    public sealed record EntriesSeen(string Node, int Peer, long UpTo) : IWireMessage;

    /// <summary>What VMs had in flight lately. Told once a second, of VMs where it changed; not repeated.</summary>
    public sealed record Counts(ImmutableArray<VmCounts> Vms) : IWireMessage;

    /// <summary>To a VM's owner: nobody runs it any more, start it again.</summary>
    public sealed record Revive(VmEntry Entry) : IWireMessage;
}

/// <summary>What the ledger knows of one VM. Of two entries the one with the higher token is right; of equal tokens, the one with the later state.</summary>
/// <param name="Vm">The VM.</param>
/// <param name="Fence">Of the incarnation that is meant.</param>
/// <param name="State">What became of it.</param>
/// <param name="Node">host:port of its owner.</param>
/// <param name="Spec">The machine.</param>
/// <param name="Placement">Where its sides run.</param>
/// <param name="Observer">Who is told.</param>
/// <param name="Down">Its end, while the observer has not seen it.</param>
public sealed record VmEntry(
    VmId Vm, FencingToken Fence, VmEntryState State, string Node, VmSpec Spec, VmPlacement Placement, IActorRef Observer, ClusterHop.VmDown? Down);

/// <summary>Life of an entry, in order.</summary>
public enum VmEntryState : byte
{
    /// <summary>A node runs it.</summary>
    Owned,

    /// <summary>Ended in order to be started elsewhere.</summary>
    Vacant,

    /// <summary>Ended for good; its observer doesn't know yet.</summary>
    Ended,

    /// <summary>Over.</summary>
    Forgotten,
}

/// <summary>What a VM has in flight.</summary>
/// <param name="Vm">The VM.</param>
/// <param name="Fence">Its incarnation.</param>
/// <param name="Requests">I/O requests that are not finished.</param>
/// <param name="BytesInFlight">Bytes taken from the guest and not written yet.</param>
public readonly record struct VmCounts(VmId Vm, FencingToken Fence, int Requests, long BytesInFlight);
