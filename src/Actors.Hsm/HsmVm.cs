using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>
/// The HSM's side of one VM, from a successful create to a successful destroy: page, clients, ioeventfds, irqfds, asyncio, commands. No actor in it: messages
/// come in as calls, effects leave through <see cref="IHsmEffects"/>. Everything carries the VM's epoch; what carries another is dropped and counted. The
/// epoch comes from the hypervisor's answers to create and reset, never from an upcall.
/// </summary>
internal sealed partial class HsmVm
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
}
