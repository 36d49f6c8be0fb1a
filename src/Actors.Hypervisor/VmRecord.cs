using Actors.Protocol;
using Akka.Actor;

namespace Actors.Hypervisor;

/// <summary>
/// What of a VM outlives a restart of its actor in the hypervisor, which loses its tables, interrupt controllers and vCPUs: enough to end the VM in order. It hangs on
/// the actor's props; one incarnation after the other uses it.
/// </summary>
internal sealed class VmRecord(IActorRef service, FencingToken fence)
{
    /// <summary>The VM's epoch.</summary>
    public uint Epoch { get; set; } = VmLifeCycle.FirstEpoch;

    /// <summary>Where it stood.</summary>
    public VmState State { get; set; } = VmState.Created;

    /// <summary>The HSM's actor that the VM is served by.</summary>
    public IActorRef Service { get; set; } = service;

    /// <summary>Its token: an earlier one's messages are refused.</summary>
    public FencingToken Fence { get; set; } = fence;

    /// <summary>Incarnation that the service side began with when it took the VM over; 0 for the one that made it.</summary>
    public int ServiceIncarnation { get; set; }
}
