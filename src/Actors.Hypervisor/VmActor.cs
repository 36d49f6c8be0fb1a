using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Hypervisor;

/// <summary>
/// One VM in the hypervisor: turns messages into calls of <see cref="VirtualMachine"/> and its effects into messages. Parent of the vCPUs.
/// <para>Failure: what throws in the middle of a message leaves interrupt controllers and slots that nobody can check, and that no neighbour has a copy of. So the actor goes on as it
/// is (a restart would forget who is blocked), says triple fault, and the VM is ended in order. When it is killed, that state is lost: the next incarnation has <see cref="VmRecord"/> and
/// says the same. Either way every slot gets FREE, commands work, and a reset boots the guest anew. vCPUs: <see cref="VcpuSupervision"/>.</para>
/// </summary>
internal sealed class VmActor : UntypedActor, IWithTimers, IVirtualMachineHost, IInspectable
{
    private static readonly string[] VcpuNames = [.. Enumerable.Range(0, VmLimits.MaxVcpus).Select(i => $"vcpu-{i}")];

    private readonly VmSpec _spec;
    private readonly IVcpuFactory _factory;
    private readonly RoomServices _services;
    private readonly long _createId;
    private readonly VirtualMachine _machine;
    private readonly IActorRef[] _vcpus;
    private readonly VmRecord _record;
    private readonly RetryTimer _retry;
    private Link _upcall;
    private Link _control;
    private string?[]? _broken;

    private VmActor(ControlHop.CreateVm create, IVcpuFactory factory, RoomServices services, VmRecord record)
    {
        _record = record;
        _spec = create.Spec;
        _createId = create.Id;
        _factory = factory;
        _services = services;
        _retry = new RetryTimer(this, RetryTick.Instance, services);
        _vcpus = new IActorRef[_spec.Vcpus];
        _machine = new VirtualMachine(_spec, this, services.Clock, services.Trace, record.Epoch, services.Variants?.Find<HypervisorParts>());
        TurnToService();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of a VM's actor. The request is valid: <see cref="HypervisorActor"/> has checked it.</summary>
    public static Props Props(ControlHop.CreateVm create, IVcpuFactory factory, RoomServices services) =>
        Akka.Actor.Props.CreateBy(new Producer(create, factory, services));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        IGuestMemory memory;
        try
        {
            memory = _services.Memory.Create(_spec.Vm, _spec.MemoryBytes);
        }
        catch (OutOfMemoryException)
        {
            _control.Send(new ControlHop.VmCreated(_createId, _spec.Vm, 0, Errno.NoMemory, null), Self);
            Context.Stop(Self);
            return;
        }

        MakeVcpus(memory);
        AnswerCreate();
    }

    /// <summary>vCPUs and timers go, the RAM stays: the devices have it too.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        foreach (var child in Context.GetChildren())
            Context.Stop(child);
    }

    /// <inheritdoc/>
    protected override void PostRestart(Exception reason)
    {
        MakeVcpus(_services.Memory.Find(_spec.Vm) ?? _services.Memory.Create(_spec.Vm, _spec.MemoryBytes));
        _machine.Recover(_record.State, "the hypervisor lost the state of the VM: " + reason.Message);
    }

    private void MakeVcpus(IGuestMemory memory)
    {
        for (var i = 0; i < _vcpus.Length; i++)
            _vcpus[i] = Context.ActorOf(_factory.Create(_spec, i, memory, _services), VcpuNames[i]);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        if (_machine.State != VmState.PoweredOff)
            _services.Memory.Remove(_spec.Vm);
    }

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new VcpuSupervision(_services.Trace, _spec.Vm);

    /// <inheritdoc/>
    public InspectNode Inspect() => _machine.Inspect();

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
        catch (Exception failure) when (Announce(failure))
        {
            throw;
        }
    }

    private void Handle(object message)
    {
        switch (message)
        {
            case GuestHop.IoExit exit:
                _machine.Exit(exit.Epoch, exit.Request, exit.Taken);
                break;
            case GuestHop.InterruptAccepted accepted:
                _machine.InterruptAccepted(accepted.Epoch, accepted.Vcpu, accepted.Sequence, accepted.Vector, accepted.Confirm);
                break;
            case UpcallHop.RequestFinished finished when IsFromService(finished.Vm):
                _machine.Finished(finished.Epoch, finished.Vcpu, finished.Sequence, finished.Value);
                break;
            case InterruptHop.InjectMsi msi when IsFromService(msi.Vm):
                _machine.InjectMsi(msi.Epoch, msi.Source, msi.Sequence, msi.Address, msi.Data, msi.Oldest);
                break;
            case InterruptHop.SetIrqLine line when IsFromService(line.Vm):
                _machine.SetLine(line.Epoch, line.Source, line.Sequence, line.Gsi, line.Operation, line.Oldest);
                break;
            case UpcallHop.AsyncioDrained drained when IsFromService(drained.Vm):
                _machine.AsyncioDrained(drained.Epoch, drained.Position);
                break;
            case UpcallHop.SlotSeen seen when IsFromService(seen.Vm):
                _machine.SlotSeen(seen.Epoch, seen.Vcpu, seen.Sequence, seen.State, seen.Value);
                break;
            case RetryTick:
                Tick();
                break;
            case GuestHop.VcpuEnded ended:
                _machine.VcpuEnded(ended.Epoch, ended.Vcpu, ended.Fault);
                Keep();
                break;
            case GuestHop.VcpuPaused paused:
                _machine.VcpuPaused(paused.Epoch, paused.Vcpu);
                Keep();
                break;
            case GuestHop.InterruptHeld held:
                _machine.InterruptHeld(held.Epoch, held.Vcpu, held.Sequence);
                break;
            case GuestHop.VcpuRuns runs:
                _machine.VcpuRuns(runs.Epoch, runs.Vcpu);
                break;
            case UpcallHop.PageLost lost when IsFromService(lost.Vm):
                _machine.PageLost(lost.Incarnation);
                break;
            case UpcallHop.SetAsyncio asyncio when IsFromService(asyncio.Vm):
                _machine.SetAsyncio(asyncio.Epoch, asyncio.Id, asyncio.Assign, asyncio.Descriptor);
                break;
            case ControlHop.VmCommand command when IsFromService(command.Vm):
                _machine.Command(command.Id, command.Command, command.Argument);
                Keep();
                break;
            case ControlHop.CreateVm:
                AnswerCreate();
                break;
            case ControlHop.HsmMoved moved:
                TakeService(moved);
                break;
            case VcpuSupervision.VcpuFailed failed:
                VcpuFailed(failed);
                break;
            case VcpuMissing missing:
                _machine.VcpuCrashed(missing.Vcpu, missing.Reason);
                break;
            case Failure failure:
                _machine.Failed(failure.Reason);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    void IVirtualMachineHost.Complete(int vcpu, ulong sequence, ulong value, IoOutcome outcome) =>
        new Link(LinkSite.VcpuResume, _vcpus[vcpu], _services).Send(new GuestHop.IoCompletion(_machine.Epoch, sequence, value, outcome), Self);

    void IVirtualMachineHost.Deliver(int vcpu, ulong sequence, byte vector) =>
        new Link(LinkSite.VcpuInterrupt, _vcpus[vcpu], _services).Send(new GuestHop.InterruptDelivery(_machine.Epoch, sequence, vector), Self);

    void IVirtualMachineHost.AcceptancesSeen(int vcpu, uint taken) =>
        new Link(LinkSite.VcpuInterrupt, _vcpus[vcpu], _services).Send(new GuestHop.AcceptancesSeen(_machine.Epoch, taken), Self);

    void IVirtualMachineHost.Run(int vcpu, byte startupVector)
    {
        if (_broken?[vcpu] is { } reason)
            Self.Tell(new VcpuMissing(vcpu, reason));
        else
            new Link(LinkSite.VcpuResume, _vcpus[vcpu], _services).Send(new GuestHop.RunVcpu(_machine.Epoch, startupVector), Self);
    }

    void IVirtualMachineHost.Pause(int vcpu) =>
        new Link(LinkSite.VcpuResume, _vcpus[vcpu], _services).Send(new GuestHop.PauseVcpu(_machine.Epoch), Self);

    void IVirtualMachineHost.Upcall(byte vector, in IoRequest request, ImmutableArray<IoRequest> alsoPending) =>
        _upcall.Send(new UpcallHop.Upcall(_spec.Vm, _machine.Epoch, vector, request, alsoPending), Self);

    void IVirtualMachineHost.Poll(int vcpu, ulong sequence) =>
        _upcall.Send(new UpcallHop.PollSlot(_spec.Vm, _machine.Epoch, vcpu, sequence), Self);

    void IVirtualMachineHost.Kick(ulong position, ulong cookie, ulong oldest) =>
        _upcall.Send(new UpcallHop.AsyncioKick(_spec.Vm, _machine.Epoch, position, cookie, oldest), Self);

    void IVirtualMachineHost.AnswerPageLost(int incarnation, uint pciConfigAddress, ImmutableArray<IoRequest> pending) =>
        _control.Send(new UpcallHop.PageState(_spec.Vm, _machine.Epoch, incarnation, pciConfigAddress, pending), Self);

    void IVirtualMachineHost.Answer(long id, VmCommandKind command, uint epoch, Errno result) =>
        _control.Send(new ControlHop.VmCommandResult(id, _spec.Vm, command, epoch, result), Self);

    void IVirtualMachineHost.AnswerAsyncio(long id, Errno result) =>
        _control.Send(new UpcallHop.AsyncioResult(_spec.Vm, _machine.Epoch, id, result), Self);

    void IVirtualMachineHost.Announce(VmEventKind kind, string? detail) =>
        _control.Send(new ControlHop.VmEvent(_spec.Vm, _machine.Epoch, kind, detail), Self);

    void IVirtualMachineHost.InterruptSeen(ulong source, ulong sequence) =>
        new Link(LinkSite.IrqSeen, _record.Service, _services).Send(new InterruptHop.InterruptSeen(_spec.Vm, _machine.Epoch, source, sequence), Self);

    void IVirtualMachineHost.ClearMemory() => _services.Memory.Clear(_spec.Vm);

    void IVirtualMachineHost.Destroyed()
    {
        _services.Memory.Remove(_spec.Vm);

        // Before the answer goes out: who has read that may use the name again. An answer that gets lost is made up for by this actor's end.
        Context.Parent.Tell(new HypervisorActor.VmGone(_spec.Vm, Self));
        Context.Stop(Self);
    }

    void IVirtualMachineHost.StartRetryTimer() => _retry.Restart();

    private void Keep()
    {
        _record.Epoch = _machine.Epoch;
        _record.State = _machine.State;
    }

    private void Tick()
    {
        if (_machine.Tick())
            _retry.GoOn();
        else
            _retry.Stop();
    }

    private void AnswerCreate() =>
        _control.Send(new ControlHop.VmCreated(_createId, _spec.Vm, _machine.Epoch, Errno.Ok, Self, _services.MemoryServer), Self);

    private void VcpuFailed(VcpuSupervision.VcpuFailed failed)
    {
        var vcpu = Array.IndexOf(_vcpus, failed.Vcpu);
        if (vcpu < 0)
            return;

        var reason = $"{VcpuNames[vcpu]}: {failed.Reason}";
        if (!failed.ComesBack)
            (_broken ??= new string?[_vcpus.Length])[vcpu] = reason;

        _machine.VcpuCrashed(vcpu, reason);
    }

    /// <summary>
    /// True for a message about this VM from the HSM that serves it. One from an HSM that was replaced has no effect any more: it is counted, and the sender told. One
    /// comparison of references a message; none where nobody else can be the owner.
    /// </summary>
    private bool IsFromService(VmId vm)
    {
        if (vm != _spec.Vm)
            return false;
        if (!_record.Fence.IsGuarded || Sender.Equals(_record.Service))
            return true;
        _machine.Counters.FencedService++;
        new Link(LinkSite.VmControl, Sender, _services).Send(new ControlHop.ServiceFenced(vm, _record.Fence), Self);
        return false;
    }

    /// <summary>Another HSM takes the VM over. Asked again, it answers as before; who has no higher token than the one that serves is refused.</summary>
    private void TakeService(ControlHop.HsmMoved moved)
    {
        if (moved.Fence > _record.Fence)
        {
            _record.Fence = moved.Fence;
            _record.Service = moved.Hsm;
            _record.ServiceIncarnation = _machine.ServiceMoved(_record.ServiceIncarnation);
            TurnToService();
        }
        else if (moved.Fence != _record.Fence || !moved.Hsm.Equals(_record.Service))
        {
            _machine.Counters.FencedService++;
            Tell(new ControlHop.HsmTaken(_spec.Vm, moved.Fence, 0, Errno.NotPermitted, VmServiceState.Resetting, 0, null));
            return;
        }

        Tell(new ControlHop.HsmTaken(_spec.Vm, moved.Fence, _machine.Epoch, Errno.Ok, _machine.ServiceState, _record.ServiceIncarnation, Self, _services.MemoryServer));

        void Tell(ControlHop.HsmTaken answer) => new Link(LinkSite.VmControl, moved.Hsm, _services).Send(answer, Self);
    }

    private void TurnToService()
    {
        _upcall = new Link(LinkSite.HsmUpcall, _record.Service, _services);
        _control = new Link(LinkSite.VmControl, _record.Service, _services);
    }

    /// <summary>Never catches: only says so to the mailbox, which is read again once the parent has resumed this actor.</summary>
    private bool Announce(Exception failure)
    {
        Self.Tell(new Failure(failure.Message));
        return false;
    }

    private sealed record VcpuMissing(int Vcpu, string Reason);

    private sealed record Failure(string Reason);

    /// <summary>To itself, by timer: is all answered?</summary>
    internal sealed class RetryTick : INotInfluenceReceiveTimeout
    {
        public static readonly RetryTick Instance = new();
    }

    private sealed class Producer(ControlHop.CreateVm create, IVcpuFactory factory, RoomServices services) : IIndirectActorProducer
    {
        public Type ActorType => typeof(VmActor);

        private readonly VmRecord _record = new(create.Owner, create.Fence);

        public ActorBase Produce() => new VmActor(create, factory, services, _record);

        public void Release(ActorBase actor)
        {
        }
    }
}
