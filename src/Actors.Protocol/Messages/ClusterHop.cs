using System.Collections.Immutable;
using Akka.Actor;

namespace Actors.Protocol;

/// <summary>Between whoever wants VMs of a cluster (scale test, experiment, test kit) and its nodes.</summary>
public static class ClusterHop
{
    /// <summary>
    /// To any node's entrance: run this VM somewhere in the cluster, and again elsewhere when its node goes. May be repeated: it is one VM. Answered to
    /// <paramref name="Observer"/> by <see cref="VmUp"/> (again with each incarnation) or <see cref="MachineHop.VmRefused"/>, at last by <see cref="VmDown"/>.
    /// </summary>
    public sealed record StartVm(VmSpec Spec, VmPlacement Placement, IActorRef Observer) : IWireMessage;

    /// <summary>End a VM in order, wherever it is. Answered by <see cref="VmDown"/> to its observer.</summary>
    public sealed record StopVm(VmId Vm) : IWireMessage;

    /// <summary>
    /// The VM runs. Repeated until seen (<see cref="VmSeen"/>). An incarnation that ended before others knew of it is announced with its end: this first, then <see cref="VmDown"/>.
    /// </summary>
    /// <param name="Vm">The VM.</param>
    /// <param name="Fence">Of this incarnation; rises with each.</param>
    /// <param name="GuestNode">Where guest and hypervisor are, as host:port.</param>
    /// <param name="ServiceNode">Where HSM and device model are; the same when colocated.</param>
    /// <param name="Lost">What the incarnation before it had in flight; null for the first, and when only the service side moved and the guest went on.</param>
    /// <param name="Notices">What a person should know, like the name of a pty.</param>
    public sealed record VmUp(VmId Vm, FencingToken Fence, string GuestNode, string ServiceNode, VmLoss? Lost, ImmutableArray<string> Notices) : IWireMessage
    {
        /// <summary>The answer: this was heard.</summary>
        public VmSeen Seen() => new(Vm, Fence, IsEnd: false);
    }

    /// <summary>
    /// The VM is gone, and not started again: every member knows. Where one hasn't said so in time, <paramref name="Detail"/> says that the VM may be started again. Repeated until seen.
    /// </summary>
    public sealed record VmDown(VmId Vm, FencingToken Fence, VmEnd End, string? Detail, ImmutableArray<PortReport> Ports) : IWireMessage
    {
        /// <summary>The answer: this was heard.</summary>
        public VmSeen Seen() => new(Vm, Fence, IsEnd: true);
    }

    /// <summary>The observer has heard of this incarnation: of its start, or of its end. That of a start, however late, is none of an end.</summary>
    /// <param name="Vm">The VM.</param>
    /// <param name="Fence">Which incarnation.</param>
    /// <param name="IsEnd"><see cref="VmDown"/> was heard; false: <see cref="VmUp"/> was.</param>
    public sealed record VmSeen(VmId Vm, FencingToken Fence, bool IsEnd) : IWireMessage;

    /// <summary>To a node: whom it takes for members. Answered by <see cref="Members"/>.</summary>
    public sealed record ReadMembers : IWireMessage;

    /// <summary>The cluster as one node sees it.</summary>
    /// <param name="Node">host:port of the node that says so.</param>
    /// <param name="Up">Members that are up, as host:port, in order.</param>
    /// <param name="Unreachable">Members that somebody doesn't hear.</param>
    public sealed record Members(string Node, ImmutableArray<string> Up, ImmutableArray<string> Unreachable) : IWireMessage;

    /// <summary>To a node: how it is. Answered by <see cref="NodeState"/>.</summary>
    public sealed record ReadNode : IWireMessage;

    /// <summary>A node's counters since its start, and what it holds now.</summary>
    /// <param name="Node">host:port.</param>
    /// <param name="Roles">guest, service.</param>
    /// <param name="Vms">VMs whose guest side is here.</param>
    /// <param name="Services">VMs whose service side is here.</param>
    /// <param name="Exits">I/O exits completed.</param>
    /// <param name="BytesFromGuests">Bytes that ports took from guests.</param>
    /// <param name="BytesWritten">Bytes that backends took.</param>
    /// <param name="BytesDropped">Dropped by policies.</param>
    /// <param name="BytesToGuests">Input that guests got.</param>
    /// <param name="GuestFaults">Faults of guests.</param>
    /// <param name="MemoryBytes">Managed heap and guest RAM in use.</param>
    /// <param name="CpuNs">CPU time that its process has used, in nanoseconds, of all threads, in the program and in the system.</param>
    /// <param name="ExitLatency">Exits by latency, buckets that have any.</param>
    public sealed record NodeState(
        string Node,
        ImmutableArray<string> Roles,
        int Vms,
        int Services,
        long Exits,
        long BytesFromGuests,
        long BytesWritten,
        long BytesDropped,
        long BytesToGuests,
        long GuestFaults,
        long MemoryBytes,
        long CpuNs,
        ImmutableArray<LatencyCount> ExitLatency) : IWireMessage;
}

/// <summary>How often a latency was seen.</summary>
/// <param name="Bucket">Of <see cref="LatencyBuckets"/>.</param>
/// <param name="Count">Times.</param>
public readonly record struct LatencyCount(int Bucket, long Count);

/// <summary>Where the two sides of a VM run.</summary>
public enum VmPlacement : byte
{
    /// <summary>All on one node, which has both roles.</summary>
    Colocated,

    /// <summary>Guest and hypervisor on a guest node, HSM and device model on a service node.</summary>
    Split,
}

/// <summary>What an incarnation had in flight when it was lost, as far as anybody still knows.</summary>
/// <param name="Fence">Of the lost incarnation.</param>
/// <param name="Node">The node that went.</param>
/// <param name="KnownUntil">Age in milliseconds of what is told here: what happened later died with the node.</param>
/// <param name="Requests">I/O requests that were not finished.</param>
/// <param name="BytesInFlight">Bytes taken from the guest and not known to be written.</param>
public sealed record VmLoss(FencingToken Fence, string Node, int KnownUntil, int Requests, long BytesInFlight);
