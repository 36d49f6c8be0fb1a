using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster;

namespace Actors.Cluster;

/// <summary><c>/user/vms</c>: what anybody says to the cluster comes in here. Answers go straight to observers.</summary>
internal sealed class VmEntrance : UntypedActor
{
    private readonly IActorRef _region;
    private readonly NodeMeter _meter;

    public VmEntrance(IActorRef region, NodeMeter meter)
    {
        _region = region;
        _meter = meter;
    }

    /// <summary>Makes props.</summary>
    public static Props Props(IActorRef region, NodeMeter meter) => Akka.Actor.Props.Create(() => new VmEntrance(region, meter));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterHop.StartVm or ClusterHop.StopVm or ClusterHop.VmSeen:
                _region.Forward(message);
                break;
            case ClusterHop.ReadNode:
                Sender.Tell(_meter.Read(), Self);
                break;
            case ClusterHop.ReadMembers:
                Sender.Tell(Members(), Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static ClusterHop.Members Members()
    {
        var cluster = Akka.Cluster.Cluster.Get(Context.System);
        var state = cluster.State;
        return new ClusterHop.Members(
            Name(cluster.SelfAddress),
            [.. state.Members.Where(member => member.Status == MemberStatus.Up).Select(member => Name(member.Address)).Order(StringComparer.Ordinal)],
            [.. state.Unreachable.Select(member => Name(member.Address)).Order(StringComparer.Ordinal)]);
    }

    private static string Name(Address address) => $"{address.Host}:{address.Port}";
}
