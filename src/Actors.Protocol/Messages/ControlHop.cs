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
    public sealed record CreateVm(long Id, VmSpec Spec, IActorRef Owner) : IWireMessage;

    /// <summary>Answer to <see cref="CreateVm"/>, hypervisor to HSM to device model. The sender in <paramref name="Actor"/> is where further messages of this hop go.</summary>
    /// <param name="Id">Of the command.</param>
    /// <param name="Vm">The VM.</param>
    /// <param name="Epoch">Its first epoch.</param>
    /// <param name="Result">0 or an error (the VM exists, bad vCPU count).</param>
    /// <param name="Actor">The VM's actor in the answering room; null on error.</param>
    public sealed record VmCreated(long Id, VmId Vm, uint Epoch, Errno Result, IActorRef? Actor) : IWireMessage;

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
