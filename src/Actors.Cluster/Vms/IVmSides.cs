using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <summary>
/// The two sides of one VM, where they run and how they are made and ended; one for each incarnation. Machine messages (<see cref="MachineHop"/>) about the VM go to
/// the owner, who made it.
/// </summary>
internal interface IVmSides
{
    /// <summary>host:port of the node with HSM and device model.</summary>
    string ServiceNode { get; }

    /// <summary>Makes and starts the machine. Its owner hears <see cref="MachineHop.VmStarted"/> or <see cref="MachineHop.VmRefused"/>.</summary>
    void Launch(MachineHop.LaunchVm launch, IActorRef owner);

    /// <summary>Its backends go on with a higher token.</summary>
    void Raise(MachineHop.RaiseFence raise, IActorRef owner);

    /// <summary>Ends it in order. Its owner hears <see cref="MachineHop.VmEnded"/>.</summary>
    void Stop(VmId vm, IActorRef owner);

    /// <summary>A message that the owner doesn't know; true when it was for this.</summary>
    bool Receive(object message, IActorRef sender, IActorRef owner);
}

/// <summary>Everything on this node.</summary>
internal sealed class ColocatedSides(VmOwnerContext node) : IVmSides
{
    /// <inheritdoc/>
    public string ServiceNode => node.Address;

    /// <inheritdoc/>
    public void Launch(MachineHop.LaunchVm launch, IActorRef owner)
    {
        if (node.DeviceModel.IsNobody())
            owner.Tell(new MachineHop.VmRefused(launch.Spec.Vm, $"{launch.Spec.Vm} is to be colocated, but node {node.Address} hosts guests only; start nodes with both roles, or choose split placement."), ActorRefs.NoSender);
        else
            node.DeviceModel.Tell(launch, owner);
    }

    /// <inheritdoc/>
    public void Raise(MachineHop.RaiseFence raise, IActorRef owner) => node.DeviceModel.Tell(raise, owner);

    /// <inheritdoc/>
    public void Stop(VmId vm, IActorRef owner) => node.DeviceModel.Tell(new MachineHop.StopVm(vm), owner);

    /// <inheritdoc/>
    public bool Receive(object message, IActorRef sender, IActorRef owner) => false;
}

/// <summary>What the owners of a node's VMs share.</summary>
/// <param name="Address">host:port of the node.</param>
/// <param name="DeviceModel"><c>/user/device-model</c> of the node, or nobody.</param>
/// <param name="Fences">Gives tokens.</param>
/// <param name="Ledger">Knows who runs what.</param>
/// <param name="Meter">Counts.</param>
/// <param name="Services">Keeps the service sides of split VMs.</param>
internal sealed record VmOwnerContext(string Address, IActorRef DeviceModel, IActorRef Fences, IActorRef Ledger, NodeMeter Meter, IActorRef Services)
{
    /// <summary>The sides of an incarnation.</summary>
    public IVmSides SidesOf(VmPlacement placement) => placement == VmPlacement.Split ? new SplitSides(this) : new ColocatedSides(this);
}
