using Akka.Actor;

namespace Actors.Protocol;

/// <summary>
/// Life cycle: device model to HSM to hypervisor, and results back. A command is repeated with the same id while unanswered; a receiver
/// that sees the id of its last command again repeats the result.
/// </summary>
public static class ControlHop
{
    /// <summary>
    /// Device model to <c>/user/hsm</c>, and from there to <c>/user/hypervisor</c>: make a VM. The HSM puts its own VM actor into
    /// <paramref name="Owner"/> when it passes the command on; at first it is the device model's VM actor.
    /// </summary>
    /// <param name="Id">Correlates the answer.</param>
    /// <param name="Spec">The machine.</param>
    /// <param name="Owner">Who gets the answer and all that follows.</param>
    /// <param name="Hypervisor">Root of the node that is to run the guest; null: the HSM's own node.</param>
    /// <param name="Fence">Of this incarnation's service side: what the hypervisor takes commands and effects from. None: there is only one.</param>
    public sealed record CreateVm(long Id, VmSpec Spec, IActorRef Owner, IActorRef? Hypervisor = null, FencingToken Fence = default) : IWireMessage;

    /// <summary>
    /// Device model to <c>/user/hsm</c>: take over the HSM of a VM that runs already, as after a crash. Answered by <see cref="VmAdopted"/>.
    /// </summary>
    /// <param name="Id">Correlates the answer.</param>
    /// <param name="Spec">The machine.</param>
    /// <param name="Owner">The device model's VM actor; it serves the default client.</param>
    /// <param name="Hypervisor">Root of the node that runs the guest; null: the HSM's own node.</param>
    /// <param name="Fence">Higher than that of the service side before.</param>
    public sealed record AdoptVm(long Id, VmSpec Spec, IActorRef Owner, IActorRef? Hypervisor, FencingToken Fence) : IWireMessage;

    /// <summary>Answer to <see cref="AdoptVm"/>.</summary>
    /// <param name="Id">Of the command.</param>
    /// <param name="Vm">The VM.</param>
    /// <param name="Epoch">Its epoch.</param>
    /// <param name="Result">0; no such VM; not permitted: somebody has a higher token.</param>
    /// <param name="State">Where the VM is in its life.</param>
    /// <param name="Incarnation">Of the HSM: above all that earlier ones can have had.</param>
    /// <param name="Actor">The HSM's actor of the VM; null on error.</param>
    /// <param name="Memory">As in <see cref="VmCreated"/>.</param>
    public sealed record VmAdopted(long Id, VmId Vm, uint Epoch, Errno Result, VmServiceState State, int Incarnation, IActorRef? Actor, IActorRef? Memory = null) : IWireMessage;

    /// <summary>
    /// HSM to <c>/user/hypervisor</c>, which passes it on: from now on the VM's service side is this actor's. What an earlier one says is refused. Repeated until
    /// answered by <see cref="HsmTaken"/>.
    /// </summary>
    public sealed record HsmMoved(VmId Vm, FencingToken Fence, IActorRef Hsm) : IWireMessage;

    /// <summary>Hypervisor to the HSM that announced itself.</summary>
    /// <param name="Vm">The VM.</param>
    /// <param name="Fence">Of the announcement.</param>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Result">As in <see cref="VmAdopted"/>.</param>
    /// <param name="State">As in <see cref="VmAdopted"/>.</param>
    /// <param name="Incarnation">As in <see cref="VmAdopted"/>.</param>
    /// <param name="Actor">The VM's actor; null on error.</param>
    /// <param name="Memory">As in <see cref="VmCreated"/>.</param>
    public sealed record HsmTaken(
        VmId Vm, FencingToken Fence, uint Epoch, Errno Result, VmServiceState State, int Incarnation, IActorRef? Actor, IActorRef? Memory = null) : IWireMessage;

    /// <summary>
    /// Hypervisor to an HSM whose message it refused, and from there to its device model: the service side is somebody else's, with this token. Whoever has a lower one ends at
    /// once, and touches nothing.
    /// </summary>
    public sealed record ServiceFenced(VmId Vm, FencingToken Fence) : IWireMessage;

    /// <summary>Answer to <see cref="CreateVm"/>, hypervisor to HSM to device model. The sender in <paramref name="Actor"/> is where further messages of this hop go.</summary>
    /// <param name="Id">Of the command.</param>
    /// <param name="Vm">The VM.</param>
    /// <param name="Epoch">Its first epoch.</param>
    /// <param name="Result">0 or an error (the VM exists, bad vCPU count).</param>
    /// <param name="Actor">The VM's actor in the answering room; null on error.</param>
    /// <param name="Memory">Who gives devices of another node their way to the VM's RAM (<see cref="MemoryHop"/>), where there is somebody.</param>
    public sealed record VmCreated(long Id, VmId Vm, uint Epoch, Errno Result, IActorRef? Actor, IActorRef? Memory = null) : IWireMessage;

    /// <summary>Device model to HSM: an ioctl of the VM. What the hypervisor must do is passed on.</summary>
    /// <param name="Id">Correlates the answer.</param>
    /// <param name="Vm">The VM.</param>
    /// <param name="Command">What.</param>
    /// <param name="Argument">The vector for <see cref="VmCommandKind.SetCallbackVector"/>; else 0.</param>
    public sealed record VmCommand(long Id, VmId Vm, VmCommandKind Command, int Argument = 0) : IWireMessage;

    /// <summary>Answer to <see cref="VmCommand"/>. <paramref name="Epoch"/> is the VM's epoch afterwards (a reset begins a new one).</summary>
    public sealed record VmCommandResult(long Id, VmId Vm, VmCommandKind Command, uint Epoch, Errno Result) : IWireMessage;

    /// <summary>Hypervisor to HSM to device model: something happened to the VM that the device model decides on. Repeated until the state changes.</summary>
    public sealed record VmEvent(VmId Vm, uint Epoch, VmEventKind Kind, string? Detail) : IWireMessage;
}

/// <summary>Commands of a VM's life cycle.</summary>
public enum VmCommandKind : byte
{
    /// <summary>CREATED to RUNNING; the boot processor runs.</summary>
    Start,

    /// <summary>All vCPUs stop for good; PAUSED.</summary>
    Pause,

    /// <summary>PAUSED to CREATED, a new epoch: vCPUs and interrupt controllers reset, all slots FREE.</summary>
    Reset,

    /// <summary>PAUSED to POWERED_OFF: the VM is gone from this room and the ones behind it.</summary>
    Destroy,

    /// <summary>HSM only: complete everything in flight (CLEAR_VM_IOREQ).</summary>
    ClearIoRequests,

    /// <summary>HSM only: make the default client (CREATE_IOREQ_CLIENT); the sender serves it.</summary>
    CreateDefaultClient,

    /// <summary>HSM only: remove it (DESTROY_IOREQ_CLIENT).</summary>
    DestroyDefaultClient,

    /// <summary>Set the HSM notification vector (0x20-0xFF).</summary>
    SetCallbackVector,
}

/// <summary>Where a VM is in its life, for a service side that takes it over: what was under way there has to be done again from its beginning.</summary>
public enum VmServiceState : byte
{
    /// <summary>It runs.</summary>
    Running,

    /// <summary>It is being made or reset, or was to be stopped by somebody who says so again.</summary>
    Resetting,

    /// <summary>Its guest powered off; it is being ended.</summary>
    PoweringOff,

    /// <summary>Its guest could not go on; it is being ended.</summary>
    Faulted,
}

/// <summary>Events of a VM (acrn-io-path 9.3; reset kinds are what CF9 asks for).</summary>
public enum VmEventKind : byte
{
    /// <summary>The guest asked for S5.</summary>
    PowerOff,

    /// <summary>The guest asked for a system reset.</summary>
    SystemReset,

    /// <summary>The guest asked for a full reset.</summary>
    FullReset,

    /// <summary>A vCPU can't go on.</summary>
    TripleFault,
}
