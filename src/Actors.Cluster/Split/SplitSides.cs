using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <summary>Guest and hypervisor on this node, HSM and device model on a service node, which <see cref="ServiceDirectory"/> of this node chooses and watches.</summary>
internal sealed class SplitSides(VmOwnerContext node) : IVmSides
{
    private VmId _vm;

    /// <inheritdoc/>
    public string ServiceNode { get; private set; } = "";

    /// <inheritdoc/>
    public void Launch(MachineHop.LaunchVm launch, IActorRef owner)
    {
        _vm = launch.Spec.Vm;
        node.Services.Tell(new ServiceDirectory.Serve(launch, owner), owner);
    }

    /// <inheritdoc/>
    public void Raise(MachineHop.RaiseFence raise, IActorRef owner) => node.Services.Tell(new ServiceDirectory.Raise(raise.Vm, raise.Fence), owner);

    /// <inheritdoc/>
    public void Stop(VmId vm, IActorRef owner) => node.Services.Tell(new ServiceDirectory.Stop(vm), owner);

    /// <inheritdoc/>
    public bool Receive(object message, IActorRef sender, IActorRef owner)
    {
        switch (message)
        {
            case FenceOffice.Granted granted:
                node.Services.Tell(new ServiceDirectory.Token(_vm, granted.Token), owner);
                return true;
            case ServiceDirectory.At at:
                ServiceNode = at.Node;
                return true;
            case MachineHop.VmNotice:
                return true;
            default:
                return false;
        }
    }
}
