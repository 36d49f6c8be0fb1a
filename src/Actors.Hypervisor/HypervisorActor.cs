using Actors.Protocol;
using Akka.Actor;

namespace Actors.Hypervisor;

/// <summary>
/// <c>/user/hypervisor</c>: makes the VMs of a node and supervises them. It speaks <see cref="ControlHop"/> with the HSM; once a VM is made, its own actor does.
/// </summary>
public sealed class HypervisorActor : UntypedActor
{
    private const ulong PageSize = 4096;

    // Never walked: the order of a hash table decides nothing.
    private readonly Dictionary<VmId, Entry> _vms = [];
    private readonly IVcpuFactory _factory;
    private readonly RoomServices _services;

    private HypervisorActor(IVcpuFactory factory, RoomServices services)
    {
        _factory = factory;
        _services = services;
    }

    /// <summary>Props of a node's hypervisor.</summary>
    /// <param name="vcpus">What runs on the vCPUs.</param>
    /// <param name="services">What every actor of the node gets.</param>
    public static Props Props(IVcpuFactory vcpus, RoomServices services) => Akka.Actor.Props.CreateBy(new Producer(vcpus, services));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(failure => failure is ActorInitializationException ? Directive.Stop : Directive.Resume);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ControlHop.CreateVm create:
                Create(create);
                break;
            case ControlHop.VmCommand command:
                Pass(command);
                break;
            case VmGone gone:
                if (_vms.TryGetValue(gone.Vm, out var destroyed) && destroyed.Actor.Equals(gone.Actor))
                    destroyed.IsGone = true;
                break;
            case VmStopped stopped:
                Stopped(stopped);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Create(ControlHop.CreateVm create)
    {
        var vm = create.Spec.Vm;
        if (!_vms.TryGetValue(vm, out var entry))
        {
            var result = Check(create.Spec);
            if (result == Errno.Ok)
                Make(create);
            else
                Refuse(create, result);
        }
        else if (entry.IsGone)
        {
            // The name is in use until the old actor has stopped: then this one's turn comes.
            entry.Next = create;
        }
        else if (create.Id == entry.CreateId && create.Owner.Equals(entry.Owner))
        {
            entry.Actor.Tell(create, Self);
        }
        else
        {
            Refuse(create, Errno.Exists);
        }
    }

    private Errno Check(VmSpec spec)
    {
        var valid = spec.Vcpus is >= 1 and <= VmLimits.MaxVcpus
            && spec.MemoryBytes != 0
            && spec.MemoryBytes % PageSize == 0
            && spec.UpcallVector >= VirtualMachine.FirstUpcallVector
            && _factory.Validate(spec.Guest) is null;
        return valid ? Errno.Ok : Errno.Invalid;
    }

    private void Make(ControlHop.CreateVm create)
    {
        var vm = create.Spec.Vm;
        var actor = Context.ActorOf(VmActor.Props(create, _factory, _services), vm.ToString());
        _vms[vm] = new Entry(actor, create.Id, create.Owner);
        Context.WatchWith(actor, new VmStopped(vm, actor));
    }

    private void Stopped(VmStopped stopped)
    {
        if (!_vms.TryGetValue(stopped.Vm, out var entry) || !entry.Actor.Equals(stopped.Actor))
            return;

        _vms.Remove(stopped.Vm);
        if (entry.Next is not null)
            Create(entry.Next);
    }

    /// <summary>Who has no actor of the VM asks here.</summary>
    private void Pass(ControlHop.VmCommand command)
    {
        if (_vms.TryGetValue(command.Vm, out var entry) && !entry.IsGone)
        {
            entry.Actor.Forward(command);
            return;
        }

        new Link(LinkSite.VmControl, Sender, _services)
            .Send(new ControlHop.VmCommandResult(command.Id, command.Vm, command.Command, 0, Errno.NoDevice), Self);
    }

    private void Refuse(ControlHop.CreateVm create, Errno result) =>
        new Link(LinkSite.VmControl, create.Owner, _services)
            .Send(new ControlHop.VmCreated(create.Id, create.Spec.Vm, 0, result, null), Self);

    /// <summary>From a VM's actor: the VM is destroyed, and its actor stops.</summary>
    internal sealed record VmGone(VmId Vm, IActorRef Actor);

    private sealed record VmStopped(VmId Vm, IActorRef Actor);

    private sealed class Entry(IActorRef actor, long createId, IActorRef owner)
    {
        public IActorRef Actor => actor;

        public long CreateId => createId;

        public IActorRef Owner => owner;

        /// <summary>Destroyed: the name may be used again, soon.</summary>
        public bool IsGone { get; set; }

        /// <summary>What is to be made when the actor has stopped.</summary>
        public ControlHop.CreateVm? Next { get; set; }
    }

    private sealed class Producer(IVcpuFactory vcpus, RoomServices services) : IIndirectActorProducer
    {
        public Type ActorType => typeof(HypervisorActor);

        public ActorBase Produce() => new HypervisorActor(vcpus, services);

        public void Release(ActorBase actor)
        {
        }
    }
}
