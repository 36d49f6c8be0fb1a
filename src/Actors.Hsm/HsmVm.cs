using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>
/// The HSM's side of one VM, from a successful create to a successful destroy: page, clients, ioeventfds, irqfds, asyncio, commands. No actor in it: messages
/// come in as calls, effects leave through <see cref="IHsmEffects"/>. Everything carries the VM's epoch; what carries another is dropped and counted. The
/// epoch comes from the hypervisor's answers to create and reset, never from an upcall.
/// </summary>
internal sealed class HsmVm
{
    private readonly VmId _vm;
    private readonly IHsmEffects _effects;
    private readonly PathTrace? _trace;
    private readonly RetrySwitch _retry;
    private readonly IoreqClients _clients;
    private readonly IoreqDispatcher _dispatcher;
    private readonly IoeventfdTable _ioeventfds;
    private readonly IrqfdTable _irqfds = new();
    private readonly AsyncioQueue _asyncio;
    private readonly RemovalLog _ioeventfdRemovals = new();
    private readonly RemovalLog _irqfdRemovals = new();
    private readonly CommandLog _commands = new();
    private readonly int _incarnation;
    private AsyncioDrain _drain;
    private bool _awaitsPage;
    private bool _awaitsRegistrations;
    private bool _hasJustAsked;
    private bool _wasRebuilt;
    private ControlHop.VmCommand? _command;
    private object? _commander;

    /// <param name="spec">The VM.</param>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="clients">Clients beside the HSM's own and the default one.</param>
    /// <param name="effects">How effects leave.</param>
    /// <param name="trace">Recorder of hops, or null.</param>
    /// <param name="incarnation">0, or how often the HSM of this VM was restarted: then <see cref="Rebuild"/> comes first.</param>
    /// <param name="parts">What a test puts in the place of the room's own parts, or null.</param>
    public HsmVm(VmSpec spec, uint epoch, IReadOnlyList<IoreqClient> clients, IHsmEffects effects, PathTrace? trace, int incarnation = 0, HsmParts? parts = null)
    {
        _incarnation = incarnation;
        _asyncio = new AsyncioQueue(incarnation);
        _vm = spec.Vm;
        _effects = effects;
        _trace = trace;
        _retry = new RetrySwitch(effects);
        parts ??= HsmParts.Own;
        _clients = parts.MakeClients();
        Page = parts.MakePage(spec.Vcpus, spec.Vm, trace);
        _dispatcher = new IoreqDispatcher(_vm, Page, _clients, Counters, effects, trace, spec.CompletionPolling);
        _dispatcher.BeginEpoch(epoch);

        // The table and its client need each other: the client owns the ranges, the table fills them.
        var ranges = new IoRangeSet();
        _ioeventfds = new IoeventfdTable(ranges, incarnation);
        Ioeventfd = new IoreqClient(
            HsmSpec.IoeventfdClientPrefix + spec.Vm.Value, new IoeventfdClientHandler(_ioeventfds, Counters, effects, _retry, trace), ranges, isOwn: true);
        AddClient(Ioeventfd);
        foreach (var client in clients)
            AddClient(client);
    }

    public HsmCounters Counters { get; } = new();

    public ServicePage Page { get; }

    public IoreqClient Ioeventfd { get; }

    public uint Epoch => _dispatcher.Epoch;

    /// <summary>True when the VM is destroyed; it still repeats its last answers.</summary>
    public bool IsGone { get; private set; }

    /// <summary>The command whose result is still to come, or null.</summary>
    public ControlHop.VmCommand? Outstanding => _command;

    /// <summary>Registered ioeventfds.</summary>
    public int IoeventfdCount => _ioeventfds.Count;

    /// <summary>Registered irqfds.</summary>
    public int IrqfdCount => _irqfds.Count;

    /// <summary>Who serves the default client, or null.</summary>
    public object? DefaultServer => _clients.Default?.Server;

    /// <summary>True while a restarted HSM waits for what it asked for.</summary>
    public bool IsRebuilding => _awaitsPage || _awaitsRegistrations;

    /// <summary>
    /// After a restart: asks the hypervisor for requests, and the device model for registrations. Requests are held until the page has come; a doorbell that is
    /// not registered again yet takes the slow path, through the default client, which is known from before.
    /// </summary>
    public void Rebuild(object? defaultServer)
    {
        if (defaultServer is not null)
            CreateDefaultClient(defaultServer);
        _wasRebuilt = true;
        _awaitsPage = true;
        _awaitsRegistrations = true;
        Ask();
        _retry.Need();
    }

    /// <summary>The hypervisor's answer to a restarted HSM.</summary>
    public void OnPageState(UpcallHop.PageState page)
    {
        if (!_awaitsPage || page.Incarnation != _incarnation || page.Epoch < Epoch || IsGone)
        {
            Counters.StaleAnswers++;
            return;
        }

        // The answer to a reset may have met the crash.
        if (page.Epoch > Epoch)
            BeginEpoch(page.Epoch);
        _awaitsPage = false;
        _dispatcher.RestorePciConfig(page.PciConfigAddress);
        Accept(page.Pending);
        _dispatcher.Scan();
    }

    /// <summary>The device model's answer to a restarted HSM.</summary>
    public void OnRegistrationsTold(DispatchHop.RegistrationsTold told)
    {
        if (_awaitsRegistrations && told.Incarnation == _incarnation)
            _awaitsRegistrations = false;
        else
            Counters.StaleAnswers++;
    }

    /// <summary>acrn_intr_handler, ioreq_intr_handler and the scan.</summary>
    public void OnUpcall(UpcallHop.Upcall upcall)
    {
        if (!IsCurrent(upcall.Epoch))
            return;

        if (_awaitsPage)
        {
            // CF8 isn't known yet.
            Counters.WhileRebuilding++;
            _retry.Miss();
            return;
        }

        if (_trace is not null)
        {
            var request = upcall.Request;
            _trace.Record(new PathStep(PathHop.AcrnIntrHandler, _vm, request.Vcpu, request.Sequence, request.Access, upcall.Vector));
            _trace.Record(new PathStep(PathHop.IoreqIntrHandler, _vm, request.Vcpu, request.Sequence, request.Access));
        }

        long repeated = Counters.Repeated;
        _dispatcher.Accept(upcall.Request);
        if (Counters.Repeated != repeated)
            _retry.Miss();
        Accept(upcall.AlsoPending);
        _dispatcher.Scan();
    }

    private void Accept(ImmutableArray<IoRequest> requests)
    {
        if (requests.IsDefault)
            return;

        // A page has no more slots than that, whatever the message says.
        int count = Math.Min(requests.Length, VmLimits.MaxVcpus);
        for (int i = 0; i < count; i++)
            _dispatcher.Accept(requests[i]);
    }

    /// <summary>The default client has finished a request.</summary>
    public void OnRequestDone(DispatchHop.RequestDone done)
    {
        if (IsCurrent(done.Epoch))
            _dispatcher.FinishDefault(done.Vcpu, done.Sequence, done.Value);
    }

    /// <summary>A client with ranges has finished a request later.</summary>
    public void OnClientDone(IoreqClientDone done)
    {
        if (!IsCurrent(done.Epoch))
            return;

        bool wasClearing = _dispatcher.Clearing;
        _dispatcher.FinishLater(done.Vcpu, done.Sequence, done.Value, done.Failed);
        if (wasClearing && !_dispatcher.Clearing)
        {
            _effects.StopClearingTimer();
            FinishCommand(Errno.Ok);
        }
    }

    /// <summary>A polling vCPU looks at its slot. False when there is nothing to answer.</summary>
    public bool TryPoll(UpcallHop.PollSlot poll, out IoRequestSlotState state, out ulong value)
    {
        state = IoRequestSlotState.Free;
        value = 0;
        return IsCurrent(poll.Epoch) && _dispatcher.TryPoll(poll.Vcpu, poll.Sequence, out state, out value);
    }

    /// <summary>A cookie out of the asyncio ring.</summary>
    public void OnAsyncioKick(UpcallHop.AsyncioKick kick)
    {
        if (!IsCurrent(kick.Epoch))
            return;

        var verdict = _drain.Take(kick.Position, kick.Oldest);
        if (verdict == AsyncioDrain.Verdict.Gap)
        {
            Counters.AsyncioGaps++;
            return;
        }

        if (verdict != AsyncioDrain.Verdict.Report)
            RingByCookie(kick.Cookie);
        if (verdict != AsyncioDrain.Verdict.Take)
            _effects.ReportDrained(Epoch, _drain.Position);
    }

    /// <summary>A listener has handled signals.</summary>
    public void OnDoorbellDrained(DispatchHop.DoorbellDrained drained)
    {
        if (!IsCurrent(drained.Epoch))
            return;

        if (_ioeventfds.FindDoorbell(drained.Cookie) is not { } doorbell)
        {
            Counters.UnknownDoorbell++;
            return;
        }

        if (doorbell.Acknowledge(drained.Count, out bool known))
            _effects.SignalDoorbell(Epoch, doorbell);
        if (!known)
            Counters.UnknownDoorbell++;
    }

    /// <summary>An irqfd is signalled.</summary>
    public void OnSignalIrqfd(DispatchHop.SignalIrqfd signal)
    {
        if (!IsCurrent(signal.Epoch))
            return;

        if (!_irqfds.TryFind(signal.Cookie, out ulong address, out uint data))
        {
            Counters.UnknownIrqfd++;
            return;
        }

        _trace?.Record(new PathStep(PathHop.Irqfd, _vm, -1, signal.Sequence, default, (long)signal.Cookie));
        _trace?.Record(new PathStep(PathHop.InjectInterrupt, _vm, -1, signal.Sequence, default, data));
        _effects.InjectMsi(Epoch, InterruptHop.IrqfdSource | signal.Cookie, signal.Sequence, address, data, signal.Oldest);
    }

    /// <summary>True when an interrupt that a device injects may go on to the hypervisor, unchanged.</summary>
    public bool MayInject(uint epoch, ulong sequence, long detail)
    {
        if (!IsCurrent(epoch))
            return false;

        _trace?.Record(new PathStep(PathHop.InjectInterrupt, _vm, -1, sequence, default, detail));
        return true;
    }

    /// <summary>True when the device model is to hear that interrupts need no repeat.</summary>
    public bool MayAcknowledge(InterruptHop.InterruptSeen seen) => IsCurrent(seen.Epoch);

    /// <summary>True when the device model is to hear of an event.</summary>
    public bool MayReport(ControlHop.VmEvent happened) => IsCurrent(happened.Epoch);

    /// <summary>ioctl IOEVENTFD.</summary>
    public void OnSetIoeventfd(DispatchHop.SetIoeventfd message, object requester)
    {
        if (!IsCurrent(message.Epoch))
            return;

        var registration = new IoeventfdRegistration(
            message.Id, message.Flags, message.Cookie, message.Address, message.Length, message.Data, message.Listener);
        if (registration.IsDeassign)
            DeassignIoeventfd(in registration, requester);
        else
            AssignIoeventfd(in registration, requester);
    }

    /// <summary>ioctl IRQFD.</summary>
    public void OnSetIrqfd(DispatchHop.SetIrqfd message, object requester)
    {
        if (!IsCurrent(message.Epoch))
            return;

        var result = Errno.Ok;
        if (message.Assign)
            result = _irqfds.Assign(message.Id, message.Cookie, message.MsiAddress, message.MsiData);
        else if (message.Cookie is 0 or >= InterruptHop.IrqfdSource)
            result = Errno.BadDescriptor;
        else if (!_irqfdRemovals.Contains(requester, message.Id, message.Cookie) && _irqfds.Deassign(message.Cookie))
            _irqfdRemovals.Add(requester, message.Id, message.Cookie);
        _effects.AnswerRegistration(requester, Epoch, message.Id, result);
    }

    /// <summary>The hypervisor's answer to an asyncio hypercall.</summary>
    public void OnAsyncioResult(UpcallHop.AsyncioResult answer)
    {
        if (!IsCurrent(answer.Epoch))
            return;

        if (!_asyncio.TryFinish(answer.Id, out var operation))
        {
            Counters.StaleAnswers++;
            return;
        }

        if (operation.Assign)
            SettleAsyncio(in operation, answer.Result);
        if (operation.Requester is { } requester)
            _effects.AnswerRegistration(requester, Epoch, operation.RequestId, Errno.Ok);
        SendFirstAsyncio();
    }

    /// <summary>A command of the device model.</summary>
    public void OnCommand(ControlHop.VmCommand command, object requester)
    {
        if (_commands.Find(command) is { } known)
        {
            _effects.AnswerCommand(requester, known);
            return;
        }

        if (_command is not null)
        {
            bool repeated = _command.Id == command.Id && _command.Command == command.Command;
            if (!repeated)
                _effects.AnswerCommand(requester, new ControlHop.VmCommandResult(command.Id, _vm, command.Command, Epoch, Errno.Busy));
            else if (IsForHypervisor(command.Command))
                _effects.PassCommandOn(command);
            else
                _effects.StartClearingTimer();
            return;
        }

        if (IsGone)
        {
            _effects.AnswerCommand(requester, new ControlHop.VmCommandResult(command.Id, _vm, command.Command, Epoch, Errno.NoDevice));
            return;
        }

        _command = command;
        _commander = requester;
        switch (command.Command)
        {
            case VmCommandKind.CreateDefaultClient:
                FinishCommand(CreateDefaultClient(requester));
                break;
            case VmCommandKind.DestroyDefaultClient:
                _dispatcher.DestroyDefaultClient();
                FinishCommand(Errno.Ok);
                break;
            case VmCommandKind.ClearIoRequests:
                if (_dispatcher.Clear())
                    FinishCommand(Errno.Ok);
                else
                    _effects.StartClearingTimer();
                break;
            default:
                _effects.PassCommandOn(command);
                break;
        }
    }

    /// <summary>The hypervisor's answer to a command that was passed on.</summary>
    public void OnCommandResult(ControlHop.VmCommandResult result)
    {
        if (_command is null || _command.Id != result.Id || _command.Command != result.Command)
        {
            Counters.StaleAnswers++;
            return;
        }

        if (result.Result == Errno.Ok && result.Command == VmCommandKind.Destroy)
            End();
        else if (result.Epoch > Epoch)
            BeginEpoch(result.Epoch);
        FinishCommand(result);
    }

    /// <summary>The hypervisor's VM actor is gone. If a destroy was on its way, it has happened and only its answer was lost.</summary>
    public void OnHypervisorGone()
    {
        if (_command is { Command: VmCommandKind.Destroy })
        {
            End();
            FinishCommand(Errno.Ok);
        }
    }

    /// <summary>The budget of a clear is used up.</summary>
    public void OnClearingExpired()
    {
        if (!_dispatcher.Clearing)
            return;

        _dispatcher.ExpireClearing();
        FinishCommand(Errno.Ok);
    }

    /// <summary>A retry period is over. False when nothing is outstanding and the timer can end.</summary>
    public bool OnRetryTick()
    {
        _retry.Tick();
        bool outstanding = false;
        for (int i = 0; i < _ioeventfds.DoorbellCount; i++)
        {
            var doorbell = _ioeventfds.DoorbellAt(i);
            if (doorbell.Age())
                _effects.SignalDoorbell(Epoch, doorbell);
            outstanding |= doorbell.IsOutstanding;
        }

        if (IsRebuilding)
        {
            outstanding = true;
            if (_hasJustAsked)
                _hasJustAsked = false;
            else
                Ask();
        }

        if (_asyncio.Count > 0)
        {
            outstanding = true;
            if (_asyncio.IsYoung)
                _asyncio.IsYoung = false;
            else
                SendFirstAsyncio();
        }

        if (!outstanding)
            _retry.Off();
        return outstanding;
    }

    private void Ask()
    {
        _hasJustAsked = true;
        if (_awaitsPage)
            _effects.AskForPage(Epoch, _incarnation);
        if (_awaitsRegistrations)
            _effects.AskForRegistrations(Epoch, _incarnation);
    }

    private static bool IsForHypervisor(VmCommandKind kind) =>
        kind is not (VmCommandKind.ClearIoRequests or VmCommandKind.CreateDefaultClient or VmCommandKind.DestroyDefaultClient);

    private bool IsCurrent(uint epoch)
    {
        if (epoch == Epoch && !IsGone)
            return true;

        Counters.StaleEpoch++;
        return false;
    }

    private void AddClient(IoreqClient client)
    {
        _clients.Add(client);
        _trace?.Record(new PathStep(PathHop.ClientCreate, _vm, -1, 0, default, Name: client.Name));
    }

    private Errno CreateDefaultClient(object server)
    {
        var result = _clients.CreateDefault(server);
        if (result == Errno.Ok)
            _trace?.Record(new PathStep(PathHop.ClientCreate, _vm, -1, 0, default, Name: HsmSpec.DefaultClientName));
        return result;
    }

    private void AssignIoeventfd(in IoeventfdRegistration registration, object requester)
    {
        var result = _ioeventfds.Assign(in registration, out long order, out bool repeated);
        if (result == Errno.Ok && !repeated)
        {
            _trace?.Record(new PathStep(PathHop.IoRangeAdd, _vm, -1, 0, new IoAccess(registration.Type, IoDirection.Write, (byte)registration.Length, registration.Address, registration.MatchData), (long)registration.Cookie, Ioeventfd.Name));
            RingAfterRestart(order);
            if (registration.WantsAsyncio && AskForAsyncio(order, requester, registration.Id))
                return;
        }

        if (!(repeated && _asyncio.IsWaiting(requester, registration.Id)))
            _effects.AnswerRegistration(requester, Epoch, registration.Id, result);
    }

    /// <summary>What rang for an earlier incarnation may not have been heard. One kick too many changes nothing, one too few hangs a guest.</summary>
    private void RingAfterRestart(long order)
    {
        if (!_wasRebuilt)
            return;

        var doorbell = _ioeventfds[_ioeventfds.IndexOf(order)].Doorbell;
        if (doorbell.Entries > 1)
            return;
        _retry.Need();
        if (doorbell.Ring())
            _effects.SignalDoorbell(Epoch, doorbell);
    }

    private void DeassignIoeventfd(in IoeventfdRegistration registration, object requester)
    {
        var result = Errno.Ok;
        if (registration.HasUnknownFlags)
        {
            result = Errno.Invalid;
        }
        else if (registration.Cookie == 0)
        {
            result = Errno.BadDescriptor;
        }
        else if (_ioeventfdRemovals.Contains(requester, registration.Id, registration.Cookie))
        {
            if (_asyncio.IsWaiting(requester, registration.Id))
                return;
        }
        else if (_ioeventfds.Deassign(registration.Cookie, out var removed))
        {
            _ioeventfdRemovals.Add(requester, registration.Id, registration.Cookie);
            if (removed.Asyncio != AsyncioState.None)
            {
                QueueAsyncio(assign: false, removed.Descriptor, removed.Order, requester, registration.Id);
                return;
            }
        }

        _effects.AnswerRegistration(requester, Epoch, registration.Id, result);
    }

    /// <summary>
    /// Asks the hypervisor to recognise the doorbell by itself. The entry's ordinary range stays beside it: the hypervisor forwards only what its table doesn't
    /// match, so the range is the way of the first kicks, of sizes that the descriptor doesn't take, and of all kicks when the hypervisor refuses.
    /// </summary>
    private bool AskForAsyncio(long order, object requester, long requestId)
    {
        int held = _asyncio.PendingRemovals;
        for (int i = 0; i < _ioeventfds.Count; i++)
            held += _ioeventfds[i].Asyncio == AsyncioState.None ? 0 : 1;
        if (held >= VmLimits.MaxAsyncioDescriptors)
        {
            Counters.AsyncioRefused++;
            return false;
        }

        ref IoeventfdEntry entry = ref _ioeventfds[_ioeventfds.IndexOf(order)];
        entry.Asyncio = AsyncioState.Asked;
        QueueAsyncio(assign: true, entry.Descriptor, order, requester, requestId);
        return true;
    }

    private void QueueAsyncio(bool assign, in AsyncioDescriptor descriptor, long order, object? requester, long requestId)
    {
        _asyncio.Add(assign, in descriptor, order, requester, requestId);
        if (_asyncio.Count == 1)
            SendFirstAsyncio();
    }

    private void SendFirstAsyncio()
    {
        if (_asyncio.Count == 0)
            return;

        var operation = _asyncio.First;
        _asyncio.IsYoung = true;
        _retry.Need();
        _effects.SetAsyncio(Epoch, operation.Id, operation.Assign, operation.Descriptor);
    }

    private void SettleAsyncio(in AsyncioOperation operation, Errno result)
    {
        // "Exists" can only mean an earlier assign of this very entry: the table here has refused every other conflict.
        bool held = result is Errno.Ok or Errno.Exists;
        if (!held)
            Counters.AsyncioRefused++;

        // A repeated assertion after a reset changes nothing about whether a removal must be asked for.
        int at = _ioeventfds.IndexOf(operation.Order);
        if (at >= 0 && operation.Requester is not null)
            _ioeventfds[at].Asyncio = held ? AsyncioState.Held : AsyncioState.None;
    }

    private void RingByCookie(ulong cookie)
    {
        if (_ioeventfds.FindDoorbell(cookie) is not { } doorbell)
        {
            Counters.UnknownDoorbell++;
            return;
        }

        _trace?.Record(new PathStep(PathHop.IoeventfdHandler, _vm, -1, 0, default, (long)cookie));
        _retry.Need();
        if (doorbell.Ring())
            _effects.SignalDoorbell(Epoch, doorbell);
    }

    /// <summary>
    /// A reset. Slots are FREE; registrations stay, as ACRN's do, until the device model takes them back, and speak with the new epoch. Signals that nobody
    /// heard are the old epoch's and are forgotten. The hypervisor may have emptied its asyncio table: what was there is asserted again.
    /// </summary>
    private void BeginEpoch(uint epoch)
    {
        _dispatcher.BeginEpoch(epoch);
        _drain = default;
        for (int i = 0; i < _ioeventfds.DoorbellCount; i++)
            _ioeventfds.DoorbellAt(i).Forget();

        _asyncio.BeginEpoch();
        for (int i = 0; i < _ioeventfds.Count; i++)
        {
            ref IoeventfdEntry entry = ref _ioeventfds[i];
            if (entry.Asyncio == AsyncioState.Held)
                _asyncio.Add(assign: true, entry.Descriptor, entry.Order, requester: null, requestId: 0);
        }

        SendFirstAsyncio();
    }

    /// <summary>The VM is gone: nothing is left to serve, and who still waits for a registration hears so.</summary>
    private void End()
    {
        IsGone = true;
        _awaitsPage = _awaitsRegistrations = false;
        _dispatcher.BeginEpoch(Epoch);
        _clients.RemoveDefault();
        _ioeventfds.Clear();
        _irqfds.Clear();
        while (_asyncio.TryTake(out var operation))
        {
            if (operation.Requester is { } requester)
                _effects.AnswerRegistration(requester, Epoch, operation.RequestId, Errno.NoDevice);
        }
    }

    private void FinishCommand(Errno result) =>
        FinishCommand(new ControlHop.VmCommandResult(_command!.Id, _vm, _command.Command, Epoch, result));

    private void FinishCommand(ControlHop.VmCommandResult result)
    {
        var commander = _commander!;
        _commands.Add(_command!, result);
        _command = null;
        _commander = null;
        _effects.AnswerCommand(commander, result);
    }
}
