using Actors.Protocol;
using Akka.Actor;
using Akka.Event;

namespace Actors.Hsm;

/// <summary>
/// The HSM of one VM. Its mailbox is the VM's part of <c>ioreq_wq</c>: a VM without a page, or with a slow client, delays nobody else (H12).
/// When something in it throws, it goes on as it is: the message is dropped and its sender repeats it; every effect that may be lost on the way has its retry armed before it leaves, and
/// nothing here is guest data that a half-done message could tear. When it is killed, its state is lost: the next incarnation has <see cref="HsmVmRecord"/> and asks its neighbours for the rest.
/// A destroyed VM repeats its last answers for a while before the actor stops, or begins anew when it is made again meanwhile.
/// </summary>
internal sealed class HsmVmActor : UntypedActor, IWithTimers, IHsmEffects, IInspectable
{
    private readonly VmId _id;
    private readonly IActorRef _hypervisorRoot;
    private readonly RoomServices _services;
    private readonly IIoreqClientFactory? _factory;
    private readonly HsmVmRecord _record;
    private readonly RetryTimer _retry;
    private IReadOnlyList<IoreqClient> _clients = [];
    private IActorRef _hypervisor = ActorRefs.Nobody;
    private IActorRef _deviceModel = ActorRefs.Nobody;
    private HsmVm? _vm;

    private HsmVmActor(VmId id, IActorRef hypervisorRoot, RoomServices services, IIoreqClientFactory? factory, HsmVmRecord record)
    {
        _record = record;
        _id = id;
        _hypervisorRoot = hypervisorRoot;
        _services = services;
        _factory = factory;
        _retry = new RetryTimer(this, RetryTick.Instance, services);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The core, for tests; null before the hypervisor has made the VM.</summary>
    internal HsmVm? Vm => _vm;

    internal static Props Props(VmId id, IActorRef hypervisor, RoomServices services, IIoreqClientFactory? factory) =>
        Akka.Actor.Props.CreateBy(new Producer(id, hypervisor, services, factory));

    /// <inheritdoc/>
    protected override void PostRestart(Exception reason)
    {
        base.PostRestart(reason);
        _record.Incarnation++;
        Recover();
    }

    /// <inheritdoc/>
    public InspectNode Inspect() => _vm?.Inspect() ?? InspectNode.Branch("hsm", InspectNode.Leaf("state", "no VM yet"));

    /// <inheritdoc/>
    protected override void Unhandled(object message)
    {
        if (!Inspection.Answers(Context, message, this))
            base.Unhandled(message);
    }

    /// <summary>By frequency.</summary>
    protected override void OnReceive(object message)
    {
        if (_vm is not { } vm)
        {
            ReceiveWithoutVm(message);
            return;
        }

        switch (message)
        {
            case UpcallHop.Upcall upcall:
                vm.OnUpcall(upcall);
                break;
            case DispatchHop.RequestDone done:
                vm.OnRequestDone(done);
                break;
            case UpcallHop.AsyncioKick kick:
                vm.OnAsyncioKick(kick);
                break;
            case InterruptHop.InjectMsi msi:
                if (vm.MayInject(msi.Epoch, msi.Sequence, msi.Data))
                    new Link(LinkSite.IrqInject, _hypervisor, _services).Send(msi, Self);
                break;
            case DispatchHop.SignalIrqfd signal:
                vm.OnSignalIrqfd(signal);
                break;
            case DispatchHop.DoorbellDrained drained:
                vm.OnDoorbellDrained(drained);
                break;
            case InterruptHop.SetIrqLine line:
                if (vm.MayInject(line.Epoch, line.Sequence, line.Gsi))
                    new Link(LinkSite.IrqInject, _hypervisor, _services).Send(line, Self);
                break;
            case UpcallHop.PollSlot poll:
                if (vm.TryPoll(poll, out var state, out ulong value))
                    new Link(LinkSite.HsmComplete, _hypervisor, _services).Send(new UpcallHop.SlotSeen(_id, poll.Epoch, poll.Vcpu, poll.Sequence, state, value), Self);
                break;
            case IoreqClientDone done:
                vm.OnClientDone(done);
                break;
            case RetryTick:
                if (vm.OnRetryTick())
                    _retry.GoOn();
                else
                    _retry.Stop();
                break;
            default:
                try
                {
                    ReceiveControl(vm, message);
                }
                finally
                {
                    Keep();
                }

                break;
        }
    }

    private void ReceiveControl(HsmVm vm, object message)
    {
        switch (message)
        {
            case DispatchHop.SetIoeventfd registration:
                if (RefuseWhenGone(vm, registration.Id))
                    break;
                vm.OnSetIoeventfd(registration, Sender);
                break;
            case DispatchHop.SetIrqfd registration:
                if (RefuseWhenGone(vm, registration.Id))
                    break;
                vm.OnSetIrqfd(registration, Sender);
                break;
            case UpcallHop.AsyncioResult result:
                vm.OnAsyncioResult(result);
                break;
            case ControlHop.VmCommand command:
                vm.OnCommand(command, Sender);
                break;
            case ControlHop.VmCommandResult result:
                vm.OnCommandResult(result);
                LingerWhenGone(vm);
                break;
            case UpcallHop.PageState page:
                vm.OnPageState(page);
                break;
            case DispatchHop.RegistrationsTold told:
                vm.OnRegistrationsTold(told);
                break;
            case InterruptHop.InterruptSeen seen:
                if (vm.MayAcknowledge(seen))
                    new Link(LinkSite.IrqAcknowledge, _deviceModel, _services).Send(seen, Self);
                break;
            case ControlHop.VmEvent happened:
                if (vm.MayReport(happened))
                    new Link(LinkSite.VmControl, _deviceModel, _services).Send(happened, Self);
                break;
            case ControlHop.CreateVm create:
                OnCreateVm(create);
                break;
            case ControlHop.AdoptVm adopt:
                OnAdoptVm(adopt);
                break;
            case ControlHop.VmCreated or ControlHop.HsmTaken:
                vm.Counters.StaleAnswers++;
                break;
            case ControlHop.ServiceFenced fenced:
                OnFenced(fenced);
                break;
            case ClearingExpired:
                Timers.Cancel(ClearingExpired.Instance);
                vm.OnClearingExpired();
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_hypervisor):
                vm.OnHypervisorGone();
                LingerWhenGone(vm);
                if (!vm.IsGone)
                    End(new ControlHop.ServiceFenced(_id, new FencingToken(ulong.MaxValue)));
                break;
            case LingerOver:
                StopWhenOver();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void ReceiveWithoutVm(object message)
    {
        switch (message)
        {
            case ControlHop.CreateVm create:
                OnCreateVm(create);
                break;
            case ControlHop.VmCreated created when _record is { Create: { } create, Created: null } && created.Id == create.Id:
                OnVmCreated(created);
                break;
            case ControlHop.AdoptVm adopt:
                OnAdoptVm(adopt);
                break;
            case ControlHop.HsmTaken taken when _record is { Adopt: { } adopt, Adopted: null } && taken.Fence == adopt.Fence:
                OnTaken(taken);
                break;
            case ControlHop.ServiceFenced fenced:
                OnFenced(fenced);
                break;
            case ControlHop.VmCommand command:
                AnswerWithoutVm(command);
                break;
            case DispatchHop.SetIoeventfd registration:
                AnswerRegistration(Sender, registration.Epoch, registration.Id, Errno.Invalid);
                break;
            case DispatchHop.SetIrqfd registration:
                AnswerRegistration(Sender, registration.Epoch, registration.Id, Errno.Invalid);
                break;
            case LingerOver:
                StopWhenOver();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Before CREATE_VM has succeeded every other ioctl is invalid. Of a VM that is gone, a restarted actor knows only that it is.</summary>
    private void AnswerWithoutVm(ControlHop.VmCommand command)
    {
        var result = !_record.IsGone ? Errno.Invalid
            : command.Command == VmCommandKind.Destroy ? Errno.Ok
            : Errno.NoDevice;
        AnswerCommand(Sender, new ControlHop.VmCommandResult(command.Id, _id, command.Command, _record.Epoch, result));
    }

    private void Keep()
    {
        if (_vm is not { } vm)
            return;
        _record.Epoch = vm.Epoch;
        _record.DefaultServer = vm.DefaultServer;
        _record.IsGone = vm.IsGone;
    }

    /// <summary>What a restarted actor does first.</summary>
    private void Recover()
    {
        if (_record.Create is not { } create)
            return;

        _deviceModel = create.Owner;
        _hypervisor = _record.Hypervisor;
        if (_record.IsGone || _record.Created is { Result: not Errno.Ok })
        {
            Linger();
            return;
        }

        var result = MakeClients(create.Spec);
        if (_record.Created is null)
        {
            if (result == Errno.Ok)
                AskHypervisor();
            else if (_record.Adopt is null)
                Refuse(result);
            else
                RefuseAdoption(result);
            return;
        }

        WatchGuestNode();
        _vm = new HsmVm(create.Spec, _record.Epoch, _clients, this, _services.Trace, _record.Incarnation, _services.Variants?.Find<HsmParts>());
        _vm.Rebuild(_record.DefaultServer);
    }

    private void OnCreateVm(ControlHop.CreateVm create)
    {
        bool repeated = _record.Create is { } first && first.Id == create.Id;
        bool alive = _record.Create is not null && (_record.Created is not { } answered || (answered.Result == Errno.Ok && !_record.IsGone));
        if (repeated && _record.Created is { } created)
            new Link(LinkSite.VmControl, create.Owner, _services).Send(created, Self);
        else if (repeated)
            AskHypervisor();
        else if (alive)
            new Link(LinkSite.VmControl, create.Owner, _services).Send(new ControlHop.VmCreated(create.Id, _id, 0, Errno.Exists, null), Self);
        else
            Begin(create);
    }

    private void Begin(ControlHop.CreateVm create, ControlHop.AdoptVm? adopt = null)
    {
        Timers.CancelAll();
        Context.Unwatch(_hypervisor);
        _record.Create = create;
        _record.Created = null;
        _record.Adopt = adopt;
        _record.Adopted = null;
        _record.Hypervisor = ActorRefs.Nobody;
        _record.Epoch = 0;
        _record.DefaultServer = null;
        _record.IsGone = false;
        _vm = null;
        _hypervisor = ActorRefs.Nobody;
        _deviceModel = create.Owner;

        var result = create.Spec.Vcpus is < 1 or > VmLimits.MaxVcpus ? Errno.Invalid : MakeClients(create.Spec);
        if (result == Errno.Ok)
            AskHypervisor();
        else if (adopt is null)
            Refuse(result);
        else
            RefuseAdoption(result);
    }

    /// <summary>Has the hypervisor make the VM; or, when it runs already, turn to this HSM.</summary>
    private void AskHypervisor()
    {
        var create = _record.Create!;
        object question = _record.Adopt is null
            ? create with { Owner = Self, Hypervisor = null }
            : new ControlHop.HsmMoved(_id, create.Fence, Self);
        new Link(LinkSite.VmControl, create.Hypervisor ?? _hypervisorRoot, _services).Send(question, Self);
    }

    private void OnVmCreated(ControlHop.VmCreated created)
    {
        if (created.Result != Errno.Ok || created.Actor is null)
        {
            Refuse(created.Result == Errno.Ok ? Errno.NoDevice : created.Result);
            return;
        }

        _hypervisor = created.Actor;
        _vm = new HsmVm(_record.Create!.Spec, created.Epoch, _clients, this, _services.Trace, _record.Incarnation, _services.Variants?.Find<HsmParts>());
        _record.Hypervisor = created.Actor;
        WatchGuestNode();
        _record.Created = created with { Actor = Self };
        Keep();
        new Link(LinkSite.VmControl, _deviceModel, _services).Send(_record.Created, Self);
    }

    private void Refuse(Errno result)
    {
        _record.Created = new ControlHop.VmCreated(_record.Create!.Id, _id, 0, result, null);
        new Link(LinkSite.VmControl, _deviceModel, _services).Send(_record.Created, Self);
        Linger();
    }

    private void OnAdoptVm(ControlHop.AdoptVm adopt)
    {
        if (_record.Adopt is { } first && first.Id == adopt.Id && first.Fence == adopt.Fence && first.Owner.Equals(adopt.Owner))
        {
            if (_record.Adopted is { } adopted)
                new Link(LinkSite.VmControl, adopt.Owner, _services).Send(adopted, Self);
            else
                AskHypervisor();
        }
        else if (_record.Create is { } create && create.Fence >= adopt.Fence)
        {
            new Link(LinkSite.VmControl, adopt.Owner, _services).Send(new ControlHop.VmAdopted(adopt.Id, _id, 0, Errno.NotPermitted, VmServiceState.Resetting, 0, null), Self);
        }
        else
        {
            // Whatever is here belongs to an owner that was replaced.
            Begin(new ControlHop.CreateVm(adopt.Id, adopt.Spec, adopt.Owner, adopt.Hypervisor, adopt.Fence), adopt);
        }
    }

    /// <summary>The hypervisor has turned to this HSM: it goes on as a restarted one does.</summary>
    private void OnTaken(ControlHop.HsmTaken taken)
    {
        var adopt = _record.Adopt!;
        if (taken.Result != Errno.Ok || taken.Actor is null)
        {
            RefuseAdoption(taken.Result == Errno.Ok ? Errno.NoDevice : taken.Result);
            return;
        }

        _hypervisor = taken.Actor;
        _record.Hypervisor = taken.Actor;
        WatchGuestNode();
        _record.Incarnation = taken.Incarnation;
        _record.Epoch = taken.Epoch;
        _record.DefaultServer = adopt.Owner;
        _record.Created = new ControlHop.VmCreated(adopt.Id, _id, taken.Epoch, Errno.Ok, Self);
        _record.Adopted = new ControlHop.VmAdopted(adopt.Id, _id, taken.Epoch, Errno.Ok, taken.State, taken.Incarnation, Self, taken.Memory);
        _vm = new HsmVm(adopt.Spec, taken.Epoch, _clients, this, _services.Trace, taken.Incarnation, _services.Variants?.Find<HsmParts>());
        new Link(LinkSite.VmControl, adopt.Owner, _services).Send(_record.Adopted, Self);
        _vm.Rebuild(adopt.Owner);
    }

    private void RefuseAdoption(Errno result)
    {
        var adopt = _record.Adopt!;
        _record.Created = new ControlHop.VmCreated(adopt.Id, _id, 0, result, null);
        _record.Adopted = new ControlHop.VmAdopted(adopt.Id, _id, 0, result, VmServiceState.Resetting, 0, null);
        new Link(LinkSite.VmControl, adopt.Owner, _services).Send(_record.Adopted, Self);
        Linger();
    }

    /// <summary>Somebody else serves the VM: nothing that is said here has an effect any more.</summary>
    private void OnFenced(ControlHop.ServiceFenced fenced)
    {
        if (_record.Create is { } create && fenced.Fence > create.Fence)
            End(fenced);
    }

    /// <summary>Nobody waits for this side any more: another one serves the VM, or its guest is gone with its node.</summary>
    private void End(ControlHop.ServiceFenced fenced)
    {
        new Link(LinkSite.VmControl, _deviceModel, _services).Send(fenced, Self);
        Context.Stop(Self);
    }

    /// <summary>A guest on another node may go with it, and then nobody says anything any more.</summary>
    private void WatchGuestNode()
    {
        if (_record.Create!.Hypervisor is not null)
            Context.Watch(_hypervisor);
    }

    private Errno MakeClients(VmSpec spec)
    {
        _clients = [];
        if (_factory is null)
            return Errno.Ok;

        try
        {
            var definitions = _factory.CreateClients(spec, Self);
            if (definitions.Count >= HsmSpec.MaxClients)
                return Errno.NoMemory;

            var clients = new IoreqClient[definitions.Count];
            for (int i = 0; i < clients.Length; i++)
            {
                if (IoreqClient.Make(definitions[i], out clients[i]) is not Errno.Ok and var error)
                    return error;
            }

            _clients = clients;
            return Errno.Ok;
        }
#pragma warning disable CA1031 // Factories are anybody's code; a VM that can't have its clients isn't made.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Context.GetLogger().Error(error, "The clients of {0} could not be made", _id);
            return Errno.Invalid;
        }
    }

    private bool RefuseWhenGone(HsmVm vm, long id)
    {
        if (vm.IsGone)
            AnswerRegistration(Sender, vm.Epoch, id, Errno.NoDevice);
        return vm.IsGone;
    }

    private void LingerWhenGone(HsmVm vm)
    {
        if (vm.IsGone && !Timers.IsTimerActive(LingerOver.Instance))
        {
            Timers.CancelAll();
            Linger();
        }
    }

    private void Linger() =>
        Timers.StartPeriodicTimer(LingerOver.Instance, LingerOver.Instance, TimeSpan.FromMilliseconds(HsmSpec.LingerMilliseconds));

    private void StopWhenOver()
    {
        if (_record.IsGone || _record.Created is { Result: not Errno.Ok })
            Context.Stop(Self);
    }

    /// <inheritdoc/>
    public void FinishRequest(uint epoch, int vcpu, ulong sequence, ulong value) =>
        new Link(LinkSite.HsmComplete, _hypervisor, _services).Send(new UpcallHop.RequestFinished(_id, epoch, vcpu, sequence, value), Self);

    /// <inheritdoc/>
    public void DispatchRequest(object server, uint epoch, in IoRequest request) =>
        new Link(LinkSite.HsmDispatch, (IActorRef)server, _services).Send(new DispatchHop.DispatchRequest(_id, epoch, request), Self);

    /// <inheritdoc/>
    public void SignalDoorbell(uint epoch, Doorbell doorbell) =>
        new Link(LinkSite.HsmDoorbell, (IActorRef)doorbell.Listener, _services).Send(new DispatchHop.DoorbellSignal(_id, epoch, doorbell.Cookie, doorbell.Count), Self);

    /// <inheritdoc/>
    public void SetAsyncio(uint epoch, long id, bool assign, in AsyncioDescriptor descriptor) =>
        new Link(LinkSite.VmControl, _hypervisor, _services).Send(new UpcallHop.SetAsyncio(_id, epoch, id, assign, descriptor), Self);

    /// <inheritdoc/>
    public void ReportDrained(uint epoch, ulong position) =>
        new Link(LinkSite.HsmComplete, _hypervisor, _services).Send(new UpcallHop.AsyncioDrained(_id, epoch, position), Self);

    /// <inheritdoc/>
    public void InjectMsi(uint epoch, ulong source, ulong sequence, ulong address, uint data, ulong oldest) =>
        new Link(LinkSite.IrqInject, _hypervisor, _services).Send(new InterruptHop.InjectMsi(_id, epoch, source, sequence, address, data, oldest), Self);

    /// <inheritdoc/>
    public void AnswerRegistration(object requester, uint epoch, long id, Errno result) =>
        new Link(LinkSite.VmControl, (IActorRef)requester, _services).Send(new DispatchHop.RegistrationResult(_id, epoch, id, result), Self);

    /// <inheritdoc/>
    public void PassCommandOn(ControlHop.VmCommand command)
    {
        // Should the answer to a destroy be lost, the end of the hypervisor's actor is one too.
        if (command.Command == VmCommandKind.Destroy)
            Context.Watch(_hypervisor);
        new Link(LinkSite.VmControl, _hypervisor, _services).Send(command, Self);
    }

    /// <inheritdoc/>
    public void AnswerCommand(object requester, ControlHop.VmCommandResult result) =>
        new Link(LinkSite.VmControl, (IActorRef)requester, _services).Send(result, Self);

    /// <inheritdoc/>
    public void AskForPage(uint epoch, int incarnation) =>
        new Link(LinkSite.VmControl, _hypervisor, _services).Send(new UpcallHop.PageLost(_id, epoch, incarnation), Self);

    /// <inheritdoc/>
    public void AskForRegistrations(uint epoch, int incarnation) =>
        new Link(LinkSite.VmControl, _deviceModel, _services).Send(new DispatchHop.RegistrationsLost(_id, epoch, incarnation), Self);

    /// <inheritdoc/>
    public void StartRetrying() => _retry.Restart();

    /// <inheritdoc/>
    public void StartClearingTimer() =>
        Timers.StartPeriodicTimer(ClearingExpired.Instance, ClearingExpired.Instance, TimeSpan.FromMilliseconds(HsmSpec.ClearingMilliseconds));

    /// <inheritdoc/>
    public void StopClearingTimer() => Timers.Cancel(ClearingExpired.Instance);

    private sealed class RetryTick
    {
        public static readonly RetryTick Instance = new();
    }

    private sealed class ClearingExpired
    {
        public static readonly ClearingExpired Instance = new();
    }

    private sealed class LingerOver
    {
        public static readonly LingerOver Instance = new();
    }

    /// <summary>Cheaper than an expression tree for each VM.</summary>
    private sealed class Producer(VmId id, IActorRef hypervisor, RoomServices services, IIoreqClientFactory? factory) : IIndirectActorProducer
    {
        public Type ActorType => typeof(HsmVmActor);

        private readonly HsmVmRecord _record = new();

        public ActorBase Produce() => new HsmVmActor(id, hypervisor, services, factory, _record);

        public void Release(ActorBase actor)
        {
        }
    }
}
