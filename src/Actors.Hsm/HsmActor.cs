using System.Globalization;
using Actors.Protocol;
using Akka.Actor;
using Akka.Event;

namespace Actors.Hsm;

/// <summary>
/// <c>/user/hsm</c>: makes one actor for each VM (<c>vm-7</c>) and passes on what is addressed to a VM but came here. It keeps no state of its own: its children
/// are its table. A child in which something failed goes on with the next message, whose sender repeats the failed one; a child that was killed begins anew and rebuilds what it lost
/// (<see cref="HsmVmActor"/>). What throws in this actor itself ends with its message: a restart would take every child's state with it, for nothing. If it is restarted all the same, so
/// are its children, which rebuild.
/// </summary>
public sealed class HsmActor : UntypedActor
{
    private readonly IActorRef _hypervisor;
    private readonly RoomServices _services;
    private readonly IIoreqClientFactory? _clients;

    private HsmActor(IActorRef hypervisor, RoomServices services, IIoreqClientFactory? clients)
    {
        _hypervisor = hypervisor;
        _services = services;
        _clients = clients;
    }

    /// <summary>Props of the room's root.</summary>
    /// <param name="hypervisor"><c>/user/hypervisor</c> for VMs that name no other; nobody on a node that hosts no guests.</param>
    /// <param name="services">What every actor of a node gets.</param>
    /// <param name="clients">Clients of your own for every VM, or null.</param>
    public static Props Props(IActorRef hypervisor, RoomServices services, IIoreqClientFactory? clients = null) =>
        Akka.Actor.Props.CreateBy(new Producer(hypervisor, services, clients));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new AnnouncedSupervision(
            _services.Trace,
            static child => new VmId(int.Parse(child.Path.Name.AsSpan("vm-".Length), CultureInfo.InvariantCulture)),
            static error => error switch
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
#pragma warning disable CA1031 // There is no state that could be half changed; the sender repeats.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Context.GetLogger().Error(error, "A message to the HSM failed");
            _services.Trace?.Record(new LifeStep(default, Self.Path.Name, LifeChange.Crashed, 0, error.Message));
            _services.Trace?.Record(new LifeStep(default, Self.Path.Name, LifeChange.Resumed, 0));
        }
    }

    private void Handle(object message)
    {
        if (!TryFindVm(message, out var vm))
        {
            Unhandled(message);
            return;
        }

        var child = Context.Child(vm.ToString());
        if (!child.IsNobody())
            child.Tell(message, Sender);
        else if (message is ControlHop.CreateVm or ControlHop.AdoptVm)
            Context.ActorOf(HsmVmActor.Props(vm, _hypervisor, _services, _clients), vm.ToString()).Tell(message, Sender);
        else
            AnswerForNobody(vm, message);
    }

    /// <summary>What somebody waits for is answered; the rest is for the log.</summary>
    private void AnswerForNobody(VmId vm, object message)
    {
        object? answer = message switch
        {
            ControlHop.VmCommand command => new ControlHop.VmCommandResult(command.Id, vm, command.Command, 0, Errno.NoDevice),
            DispatchHop.SetIoeventfd registration => new DispatchHop.RegistrationResult(vm, registration.Epoch, registration.Id, Errno.NoDevice),
            DispatchHop.SetIrqfd registration => new DispatchHop.RegistrationResult(vm, registration.Epoch, registration.Id, Errno.NoDevice),
            _ => null,
        };

        if (answer is null)
            Unhandled(message);
        else
            new Link(LinkSite.VmControl, Sender, _services).Send(answer, Self);
    }

    private static bool TryFindVm(object message, out VmId vm)
    {
        VmId? found = message switch
        {
            ControlHop.CreateVm create => create.Spec.Vm,
            ControlHop.AdoptVm adopt => adopt.Spec.Vm,
            ControlHop.HsmTaken taken => taken.Vm,
            ControlHop.ServiceFenced fenced => fenced.Vm,
            UpcallHop.Upcall upcall => upcall.Vm,
            UpcallHop.PollSlot poll => poll.Vm,
            UpcallHop.AsyncioKick kick => kick.Vm,
            UpcallHop.AsyncioResult result => result.Vm,
            DispatchHop.RequestDone done => done.Vm,
            DispatchHop.DoorbellDrained drained => drained.Vm,
            DispatchHop.SetIoeventfd registration => registration.Vm,
            DispatchHop.SetIrqfd registration => registration.Vm,
            DispatchHop.SignalIrqfd signal => signal.Vm,
            InterruptHop.InjectMsi msi => msi.Vm,
            InterruptHop.SetIrqLine line => line.Vm,
            InterruptHop.InterruptSeen seen => seen.Vm,
            UpcallHop.PageState page => page.Vm,
            DispatchHop.RegistrationsTold told => told.Vm,
            ControlHop.VmCommand command => command.Vm,
            ControlHop.VmCommandResult result => result.Vm,
            ControlHop.VmCreated created => created.Vm,
            ControlHop.VmEvent happened => happened.Vm,
            IoreqClientDone done => done.Vm,
            _ => null,
        };
        vm = found.GetValueOrDefault();
        return found.HasValue;
    }

    private sealed class Producer(IActorRef hypervisor, RoomServices services, IIoreqClientFactory? clients) : IIndirectActorProducer
    {
        public Type ActorType => typeof(HsmActor);

        public ActorBase Produce() => new HsmActor(hypervisor, services, clients);

        public void Release(ActorBase actor)
        {
        }
    }
}
