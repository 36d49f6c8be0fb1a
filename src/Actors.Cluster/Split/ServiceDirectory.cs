using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster;

namespace Actors.Cluster;

/// <summary>
/// <c>/user/services</c> of a node that hosts guests: knows the service nodes of the cluster, and has a child for each split VM of this node that keeps its service side alive. The choice
/// is made here, so that VMs are spread. Supervision: a child that fails goes on as it is; what it waits for is said again.
/// </summary>
internal sealed class ServiceDirectory : UntypedActor
{
    private readonly ServiceChoice _choice;
    private readonly IActorRef _hypervisor;

    private ServiceDirectory(IActorRef hypervisor)
    {
        _hypervisor = hypervisor;
        _choice = new ServiceChoice(AddressOf(Akka.Cluster.Cluster.Get(Context.System).SelfAddress));
    }

    /// <summary>Makes props.</summary>
    public static Props Props(IActorRef hypervisor) => Akka.Actor.Props.CreateBy(new Producer(hypervisor));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Resume);

    /// <inheritdoc/>
    protected override void PreStart() => Akka.Cluster.Cluster.Get(Context.System)
        .Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));

    /// <inheritdoc/>
    protected override void PostStop() => Akka.Cluster.Cluster.Get(Context.System).Unsubscribe(Self);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberUp up when up.Member.HasRole(NodeRoles.Service):
                _choice.Add(AddressOf(up.Member.Address));
                ToChildren(new NodeCame());
                break;
            case ClusterEvent.MemberUp:
                break;
            case ClusterEvent.IMemberEvent happened when happened.Member.Status is MemberStatus.Leaving or MemberStatus.Exiting or MemberStatus.Down or MemberStatus.Removed:
                // One that leaves said so itself when it was drained, of each VM; what it did not get to is handed over now, while it still lives: its token is too low from the takeover on.
                _choice.Remove(AddressOf(happened.Member.Address));
                ToChildren(new NodeGone(AddressOf(happened.Member.Address)));
                break;
            case Serve serve:
                var name = serve.Launch.Spec.Vm.ToString();
                var child = Context.Child(name);
                if (child.IsNobody())
                    child = Context.ActorOf(SplitVmActor.Props(serve, _choice, _hypervisor), name);
                child.Forward(serve);
                break;
            case Stop stop:
                Context.Child(stop.Vm.ToString()).Forward(stop);
                break;
            case Token token:
                Context.Child(token.Vm.ToString()).Forward(token);
                break;
            case Raise raise:
                Context.Child(raise.Vm.ToString()).Forward(raise);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>host:port of a node.</summary>
    internal static string AddressOf(Address node) => $"{node.Host}:{node.Port}";

    private void ToChildren(object message)
    {
        foreach (var child in Context.GetChildren())
            child.Tell(message, Self);
    }

    /// <summary>From a VM's owner: make the machine, and keep its service side.</summary>
    internal sealed record Serve(MachineHop.LaunchVm Launch, IActorRef Owner);

    /// <summary>From a VM's owner: end it in order.</summary>
    internal sealed record Stop(VmId Vm);

    /// <summary>From a VM's owner: the token that was wanted.</summary>
    internal sealed record Token(VmId Vm, FencingToken Fence);

    /// <summary>From a VM's owner: backends go on with this token.</summary>
    internal sealed record Raise(VmId Vm, FencingToken Fence);

    /// <summary>To a VM's owner: where the service side is.</summary>
    internal sealed record At(string Node);

    /// <summary>To the children.</summary>
    internal sealed record NodeCame;

    /// <summary>To the children.</summary>
    internal sealed record NodeGone(string Node);

    private sealed class Producer(IActorRef hypervisor) : IIndirectActorProducer
    {
        public Type ActorType => typeof(ServiceDirectory);

        public ActorBase Produce() => new ServiceDirectory(hypervisor);

        public void Release(ActorBase actor)
        {
        }
    }
}
