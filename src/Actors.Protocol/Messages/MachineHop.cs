using System.Collections.Immutable;
using Akka.Actor;

namespace Actors.Protocol;

/// <summary>Between whoever wants a machine (command line, test, cluster) and <c>/user/device-model</c>.</summary>
public static class MachineHop
{
    /// <summary>Make and start a machine. Answered by <see cref="VmStarted"/> or <see cref="VmRefused"/>; when it ends, <see cref="VmEnded"/>. All go to the sender.</summary>
    /// <param name="Spec">The machine.</param>
    /// <param name="Fence">Of this incarnation, for backends that tell owners apart; none where nobody else could own it.</param>
    /// <param name="Hypervisor">Root of the node that is to run the guest; null: the device model's own node.</param>
    public sealed record LaunchVm(VmSpec Spec, FencingToken Fence = default, IActorRef? Hypervisor = null) : IWireMessage;

    /// <summary>
    /// Take over the service side (HSM and device model) of a VM whose guest runs on: the next incarnation of both is made here, devices go on from their records. Answered as
    /// <see cref="LaunchVm"/>, but by <see cref="AdoptionRefused"/> when that can't be. May be repeated.
    /// </summary>
    /// <param name="Spec">The machine.</param>
    /// <param name="Fence">Higher than that of the service side before: from now on nothing that one does has an effect.</param>
    /// <param name="Hypervisor">Root of the node that runs the guest; null: the device model's own node.</param>
    public sealed record AdoptVm(VmSpec Spec, FencingToken Fence, IActorRef? Hypervisor) : IWireMessage;

    /// <summary>Nothing was taken over, or nothing is left of it here. <paramref name="Reason"/> is one clear sentence for a person.</summary>
    /// <param name="Vm">The VM.</param>
    /// <param name="Fence">Of the command.</param>
    /// <param name="Result">No device: the VM isn't there. Not permitted: somebody has a higher token. Others: a backend can't be opened here.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Seen">When a backend remembers a higher token than the command's: that one.</param>
    public sealed record AdoptionRefused(VmId Vm, FencingToken Fence, Errno Result, string Reason, FencingToken Seen = default) : IWireMessage;

    /// <summary>To a launcher: the service side that it asked for was replaced, and is gone without having touched anything more.</summary>
    public sealed record VmSuperseded(VmId Vm, FencingToken Fence) : IWireMessage;

    /// <summary>
    /// To a launcher elsewhere: this service node leaves. The machine's devices take nothing from the guest any more, backends have what ports had accepted (or had two seconds for it), and the
    /// guest's side knows how far they are. Have it adopted by another; repeated until then.
    /// </summary>
    public sealed record VmDrained(VmId Vm, FencingToken Fence) : IWireMessage;

    /// <summary>To a launcher: something about a VM that runs that a person should know, like what a takeover left in doubt.</summary>
    public sealed record VmNotice(VmId Vm, string Sentence) : IWireMessage;

    /// <summary>
    /// To a launcher: a backend whose writer this machine has never been remembers a higher token than the machine's. Its port waits, and says so again until <see cref="RaiseFence"/>
    /// comes. Whether the machine is still the one that may have a higher token is for the launcher to find out: this is what a superseded one would say, too.
    /// </summary>
    /// <param name="Vm">The VM.</param>
    /// <param name="Machine">The token of the order that made it: which machine of the VM this is.</param>
    /// <param name="Seen">What the backend remembers.</param>
    public sealed record VmFenced(VmId Vm, FencingToken Machine, FencingToken Seen) : IWireMessage;

    /// <summary>From a launcher: the machine's backends go on with a higher token, where they were. May be repeated.</summary>
    /// <param name="Vm">The VM.</param>
    /// <param name="Machine">The token of the order that made it; another machine of the VM doesn't heed this.</param>
    /// <param name="Fence">What its backends have from now on; without effect when it isn't higher than what they have.</param>
    public sealed record RaiseFence(VmId Vm, FencingToken Machine, FencingToken Fence) : IWireMessage;

    /// <summary>The VM runs. <paramref name="Notices"/> tell a person things like the name of a pty.</summary>
    public sealed record VmStarted(VmId Vm, ImmutableArray<string> Notices) : IWireMessage;

    /// <summary>Nothing was left behind.</summary>
    /// <param name="Vm">The VM.</param>
    /// <param name="Reason">One clear sentence for a person.</param>
    /// <param name="Seen">When a backend has seen a higher token than the machine was to have: that one.</param>
    public sealed record VmRefused(VmId Vm, string Reason, FencingToken Seen = default) : IWireMessage;

    /// <summary>End it in order: as if the guest had powered off. Answered by <see cref="VmEnded"/>.</summary>
    public sealed record StopVm(VmId Vm) : IWireMessage;

    /// <summary>The machine is gone; every byte that a backend had accepted is written.</summary>
    public sealed record VmEnded(VmId Vm, VmEnd End, string? Detail, ImmutableArray<PortReport> Ports) : IWireMessage;
}

/// <summary>Why a machine ended.</summary>
public enum VmEnd : byte
{
    /// <summary>Its guest powered off.</summary>
    PowerOff,

    /// <summary>Somebody asked.</summary>
    Stopped,

    /// <summary>A guest's fault it could not go on from.</summary>
    TripleFault,

    /// <summary>Something of ours failed; the detail says what.</summary>
    Failed,
}

/// <summary>What became of the bytes of a port. Nothing is lost without standing here.</summary>
/// <param name="Name">The port.</param>
/// <param name="FromGuest">Bytes that the guest sent.</param>
/// <param name="Written">Bytes that the backend took.</param>
/// <param name="Dropped">Bytes dropped by the port's policy.</param>
/// <param name="ToGuest">Bytes of input that the guest got.</param>
/// <param name="InputDropped">Bytes of input that were read and could not be given to the guest before the end.</param>
/// <param name="LastError">What the backend last complained about, or null.</param>
public sealed record PortReport(string Name, long FromGuest, long Written, long Dropped, long ToGuest, long InputDropped, string? LastError);
