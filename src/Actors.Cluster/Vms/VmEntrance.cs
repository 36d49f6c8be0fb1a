using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <summary><c>/user/vms</c>: what anybody says to the cluster comes in here. Answers go straight to observers.</summary>
internal sealed class VmEntrance : UntypedActor
{
    private readonly IActorRef _region;
    private readonly string _address;
    private readonly ImmutableArray<string> _roles;

    public VmEntrance(IActorRef region, string address, ImmutableArray<string> roles)
    {
        _region = region;
        _address = address;
        _roles = roles;
    }

    /// <summary>Makes props.</summary>
    public static Props Props(IActorRef region, string address, ImmutableArray<string> roles) =>
        Akka.Actor.Props.Create(() => new VmEntrance(region, address, roles));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterHop.StartVm or ClusterHop.StopVm or ClusterHop.VmSeen:
                _region.Forward(message);
                break;
            case ClusterHop.ReadNode:
                Sender.Tell(new ClusterHop.NodeState(_address, _roles, 0, 0, 0, 0, 0, 0, 0, 0, GC.GetTotalMemory(false), []), Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
