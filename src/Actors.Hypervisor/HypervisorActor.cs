using System.Globalization;
using Actors.Protocol;
using Akka.Actor;
using Akka.Event;

namespace Actors.Hypervisor;

/// <summary>
/// <c>/user/hypervisor</c>: makes the VMs of a node and supervises them. It speaks <see cref="ControlHop"/> with the HSM; once a VM is made, its own actor does.
/// </summary>
public sealed class HypervisorActor : UntypedActor
{
    private const ulong PageSize = 4096;

    // Never walked: the order of a hash table decides nothing. It hangs on the props: a restart keeps it.
    private readonly Dictionary<VmId, Entry> _vms;
    private readonly IVcpuFactory _factory;
    private readonly RoomServices _services;

    private HypervisorActor(IVcpuFactory factory, RoomServices services, Dictionary<VmId, Entry> vms)
    {
        _vms = vms;
        _factory = factory;
        _services = services;
    }

    /// <summary>Props of a node's hypervisor.</summary>
    /// <param name="vcpus">What runs on the vCPUs.</param>
    /// <param name="services">What every actor of the node gets.</param>
    public static Props Props(IVcpuFactory vcpus, RoomServices services) => Akka.Actor.Props.CreateBy(new Producer(vcpus, services));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new AnnouncedSupervision(
            _services.Trace,
            static child => new VmId(int.Parse(child.Path.Name.AsSpan("vm-".Length), CultureInfo.InvariantCulture)),
            static failure => failure switch
            {
                ActorInitializationException => Directive.Stop,
                ActorKilledException => Directive.Restart,
                _ => Directive.Resume,
            });

    /// <summary>Unlike the default, stops no child.</summary>
    protected override void PreRestart(Exception reason, object message) => PostStop();

    /// <inheritdoc/>
    protected override void Unhandled(object message)
    {
        if (!Inspection.Answers(Context, message, this))
            base.Unhandled(message);
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        try
        {
            Handle(message);
        }
#pragma warning disable CA1031 // Each message changes one entry, at its end; the sender repeats. A restart would take every VM's state with it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Context.GetLogger().Error(error, "A message to the hypervisor failed");
            _services.Trace?.Record(new LifeStep(default, Self.Path.Name, LifeChange.Crashed, 0, error.Message));
            _services.Trace?.Record(new LifeStep(default, Self.Path.Name, LifeChange.Resumed, 0));
        }
    }

    private void Handle(object message)
    {
        switch (message)
        {
            case ControlHop.CreateVm create:
                Create(create);
                break;
            case ControlHop.VmCommand command:
                Pass(command);
                break;
            case ControlHop.HsmMoved moved:
                Pass(moved);
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

    private void Pass(ControlHop.HsmMoved moved)
    {
        if (_vms.TryGetValue(moved.Vm, out var entry) && !entry.IsGone)
            entry.Actor.Forward(moved);
        else
            new Link(LinkSite.VmControl, moved.Hsm, _services).Send(new ControlHop.HsmTaken(moved.Vm, moved.Fence, 0, Errno.NoDevice, VmServiceState.Resetting, 0, null), Self);
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

        private readonly Dictionary<VmId, Entry> _vms = [];

        public ActorBase Produce() => new HypervisorActor(vcpus, services, _vms);

        public void Release(ActorBase actor)
        {
        }
    }
}
