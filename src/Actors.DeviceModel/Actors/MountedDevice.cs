using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// A device on the bus, without its actor: what all devices have, which is the answers given, the doorbells at the HSM, interrupts, and the record; and behind it the core
/// that makes it what it is, with its PCI function (<see cref="DeviceCore"/>). Made by the VM's actor, which gives the BARs their places, and handed over to the device's
/// actor before that one's first message.
/// <para>Each public call that takes a message is a turn: it ends with the record written, and then what it caused leaves (<see cref="DeviceRecord"/>,
/// <see cref="DeviceOutbox"/>). A device that crashed is thrown away; the next one is made from the record (<see cref="TryRestore"/>).</para>
/// </summary>
internal sealed partial class MountedDevice : IVirtioPciHost, IQueueJournal
{
    private readonly RequestLog<DeviceHop.AccessDone> _answers = new();
    private readonly List<BarPlace> _places = new(4);
    private readonly DoorbellRegistrations _doorbells;
    private readonly VmId _vm;
    private readonly PathTrace? _trace;
    private readonly DeviceCore _core;
    private readonly PciFunction _pci;

    /// <summary>The same as <see cref="_pci"/>, when it is virtio.</summary>
    private readonly VirtioPciFunction? _virtio;
    private readonly DeviceRecord _record;
    private readonly DeviceOutbox _effects = new();
    private readonly RemoteGuestMemory? _memory;
    private readonly UnseenMessages _unseen = new();
    private DoorbellCounter[] _counters = [];
    private ulong _placesVersion;
    private ulong _msiSequence;
    private uint _intxChange;
    private uint _intxSeen;
    private bool _isIntxAsserted;

    /// <summary>Makes the device; <see cref="Begin"/> comes before anything else.</summary>
    /// <param name="spec">The machine that it belongs to.</param>
    /// <param name="device">The device.</param>
    /// <param name="epoch">The VM's epoch.</param>
    /// <param name="core">What is behind it, not connected yet.</param>
    /// <param name="memory">The guest's RAM.</param>
    /// <param name="interrupt">The INTx pin.</param>
    /// <param name="trace">Recorder of hops, or null.</param>
    /// <param name="crashes">Crash points, in a simulated world.</param>
    /// <param name="record">Where it is noted what a crash must not lose.</param>
    /// <param name="parts">Null but in a simulated world.</param>
    public MountedDevice(
        VmSpec spec,
        IDeviceSpec device,
        DeviceCore core,
        uint epoch,
        IGuestMemory memory,
        PciInterrupt interrupt,
        PathTrace? trace,
        ICrashPoints? crashes,
        DeviceRecord record,
        DeviceModelParts? parts = null)
    {
        _vm = spec.Vm;
        _memory = memory as RemoteGuestMemory;
        _trace = trace;
        Epoch = epoch;
        Function = device.Function;
        _doorbells = new DoorbellRegistrations(device.Function.RequesterId, device.Asyncio);
        _core = core;
        _pci = core.Connect(new DeviceWiring(this, _effects, memory, interrupt, parts));
        _virtio = _pci as VirtioPciFunction;
        _record = record;
        _incarnation = _record.Incarnation;
        _virtio?.Attach(this, crashes, spec.Vm);
    }

    /// <summary>Where it sits.</summary>
    public Bdf Function { get; }

    /// <summary>The VM's epoch.</summary>
    public uint Epoch { get; private set; }

    /// <summary>What the guest did wrong, counted.</summary>
    public long FaultCount => _pci.Faults.Total + _core.Faults.Total;

    /// <summary>Messages of an earlier epoch, and repeated ones.</summary>
    public long Stale { get; private set; }

    /// <summary>What of a user's code it is calling; null: nothing. May be asked for by any thread.</summary>
    public string? Calling => (_core as OwnDeviceCore)?.Calling;

    /// <summary>The PCI function of a virtio device, for tests.</summary>
    internal VirtioPciFunction Pci => _virtio ?? throw new InvalidOperationException("It isn't a virtio device.");

    /// <summary>Gives BARs their places and begins to decode.</summary>
    public BarPlaces PowerOn(PciBarAllocator allocator)
    {
        _pci.AssignBars(allocator);
        _pci.PowerOn();
        EndTurn();
        return Places();
    }

    /// <summary>From now on effects leave.</summary>
    public void Begin(IDeviceEffects effects)
    {
        _effects.Attach(effects);
        _effects.Flush();
    }

    /// <summary>A register access; null when it is stale, or when its answer waits (see <see cref="TryTakeHeld(out DeviceHop.AccessDone)"/>).</summary>
    public DeviceHop.AccessDone? Take(DeviceHop.Access request)
    {
        if (IsSuperseded)
            return null;
        if (request.Epoch != Epoch || !_answers.TryBegin(request.Vcpu, request.Sequence, out var answer))
        {
            answer = request.Epoch == Epoch ? _answers.Find(request.Vcpu, request.Sequence) : null;
            if (answer is null)
                Stale++;
            return IsHeld(answer) ? null : answer;
        }

        _heldVcpus &= ~(1u << request.Vcpu);

        // What the registers say is noted as a whole, and with it that the access is done; then come the queues that it set going.
        var before = _placesVersion;
        var epoch = _pci.Epoch;
        var wasFenced = _core.IsFenced;
        _core.Defer();
        var value = Execute(request);
        var isChange = _pci.IsChanged;
        answer = new DeviceHop.AccessDone(Epoch, request.Vcpu, request.Sequence, value, _placesVersion == before ? null : Places());
        _answers.Remember(request.Vcpu, answer);
        Capture(answer);
        _core.RunDue();

        // A reset has not happened before the ports are out of the old epoch: what one of them writes after the guest went on would be of a life that is over.
        // The same goes for a queue's reset. Nor is an interrupt of that life repeated.
        if (_pci.Epoch != epoch)
            _unseen.Clear();
        if ((wasFenced || _pci.Epoch != epoch) && !_core.IsFenced)
            Hold(answer);
        if (_memory is not null && (request.Io.IsWrite || isChange))
            HoldUntilStored(answer);

        EndTurn();
        return IsHeld(answer) ? null : answer;
    }

    /// <summary>A BAR that the range tables refused.</summary>
    public void Take(DeviceHop.BarRefused refused)
    {
        if (IsSuperseded)
            return;
        if (refused.Epoch != Epoch)
        {
            Stale++;
            return;
        }

        if (_places.RemoveAll(place => place.Bar == refused.Bar && place.Address == refused.Address) > 0)
            _pci.RefuseBar(refused.Bar, refused.Address);
        EndTurn();
    }

    /// <summary>A doorbell's signal; gives the count to acknowledge, or 0 when nothing is to be said yet.</summary>
    public ulong Take(DispatchHop.DoorbellSignal signal)
    {
        var queue = _doorbells.QueueOf(signal.Cookie);
        if (IsSuperseded)
            return 0;
        if (signal.Epoch != Epoch || (uint)queue >= (uint)_core.QueueCount)
        {
            Stale++;
            return 0;
        }

        if (queue >= _counters.Length)
            Array.Resize(ref _counters, queue + 1);
        ref var counter = ref _counters[queue];
        _trace?.Record(new PathStep(PathHop.IothreadHandler, _vm, -1, 0, default, queue, Device: Function));

        // Also for a repeated signal: a spurious kick changes nothing, a missed one hangs a guest.
        _virtio?.Doorbell(queue);
        var isRepeated = signal.Count <= counter.Handled;
        counter.Handled = Math.Max(counter.Handled, signal.Count);
        var isOwed = isRepeated || counter.Handled - counter.Acknowledged >= VmLimits.DoorbellCredit / 2;
        if (isOwed)
            counter.Acknowledged = counter.Handled;
        ref var kept = ref _record.Doorbells[queue];
        kept.Handled = counter.Handled;
        kept.Acknowledged = counter.Acknowledged;
        EndTurn();
        return isOwed ? counter.Handled : 0;
    }

    /// <summary>The HSM's answer to a registration.</summary>
    public void Take(DispatchHop.RegistrationResult result)
    {
        if (IsSuperseded)
            return;
        var queue = result.Epoch == Epoch ? _doorbells.Take(result.Id, result.Result) : -1;
        if (queue < 0)
            Stale++;
        else
            Advance(queue);
        EndTurn();
    }

    /// <summary>The HSM was restarted: every doorbell is registered anew, once for each incarnation of it.</summary>
    public DeviceHop.RegisteringAgain Take(DeviceHop.RegisterAgain again)
    {
        if (again.Incarnation > _record.HsmIncarnation && !IsSuperseded)
        {
            _record.HsmIncarnation = again.Incarnation;
            _doorbells.Forget();
            for (var queue = 0; queue < _core.QueueCount; queue++)
                Advance(queue);
            EndTurn();
        }

        return new DeviceHop.RegisteringAgain(Function, again.Incarnation);
    }

    /// <summary>The VM has seen the INTx pin.</summary>
    public void Take(DeviceHop.IntxSeen seen)
    {
        _intxSeen = Math.Max(_intxSeen, seen.Change);
        _record.IntxSeen = _intxSeen;
    }

    /// <summary>The hypervisor has interrupts of this device.</summary>
    public void Take(InterruptHop.InterruptSeen seen)
    {
        if (IsSuperseded)
            return;
        if (seen.Epoch != Epoch)
        {
            Stale++;
            return;
        }

        if (_unseen.Take(seen.Sequence, out var missing))
            _effects.SendMsi(missing.Sequence, missing.Address, missing.Data);
        EndTurn();
    }

    /// <summary>A port's counters.</summary>
    public void Take(PortHop.Status status)
    {
        if (IsSuperseded)
            return;
        _core.Take(status.Port, status);
        EndTurn();
    }

    /// <summary>A port's input.</summary>
    public void Take(PortHop.Input input)
    {
        if (IsSuperseded)
            return;
        _core.Take(input.Port, input);
        EndTurn();
    }

    /// <summary>The size of a port's terminal.</summary>
    public void Take(PortHop.Sized sized)
    {
        if (IsSuperseded)
            return;
        _core.Resize(sized.Port, sized.Cols, sized.Rows);
        EndTurn();
    }

    /// <summary>Guest RAM on another node has taken what was written, and says what is there.</summary>
    public void Take(MemoryHop.Exchanged answer)
    {
        if (IsSuperseded || _memory is null)
            return;
        if (!_memory.Take(answer))
        {
            Stale++;
            return;
        }

        if (_memory.TakeFailure())
            _virtio?.Fail(new GuestFault(GuestFaultKind.RingOutsideRam));
        for (var position = 0; _memory.NewsAt(ref position, out var isNews) is var queue and >= 0;)
            _virtio?.Revisit(queue, isNews);
        EndTurn();
    }

    /// <summary>Bytes of input that the guest has from a port.</summary>
    public long DeliveredBy(int port) => _core.DeliveredBy(port);

    /// <summary>A closed port's report, with what its bytes met before they came to the port.</summary>
    public PortReport Complete(int port, PortReport report) => _core.Complete(port, report);

    /// <summary>Something for the device itself; null: the time that it asked for is over.</summary>
    public void Signal(object? what)
    {
        if (IsSuperseded)
            return;
        _core.Signal(what);
        EndTurn();
    }

    /// <summary>Goes on where a share of work was used up.</summary>
    public void Resume()
    {
        if (IsSuperseded)
            return;
        _core.Resume();
        EndTurn();
    }

    /// <summary>The machine's reset, first half: decode nothing, forget everything. Null while a port is in the old epoch; <see cref="TryTakeHeld(out DeviceHop.ResetDone)"/> gives the answer then.</summary>
    public DeviceHop.ResetDone? Reset(uint epoch)
    {
        if (IsSuperseded)
            return null;

        // Asked again while its ports are on the way, it only waits for them: a reset more would send them on a way more.
        if (epoch == Epoch && _heldReset != epoch)
        {
            _pci.Reset();
            _unseen.Clear();
            _core.Faults.BeginMachineEpoch();
        }
        else if (epoch != Epoch)
        {
            Stale++;
        }

        if (_memory is { } memory && _heldReset != epoch)
            _heldResetMark = memory.Store();
        EndTurn();
        _heldReset = epoch;
        return TryTakeHeld(out DeviceHop.ResetDone done) ? done : null;
    }

    /// <summary>
    /// The machine's reset, second half. Asked again, it only answers. Null while the guest's side doesn't know of it: whoever took the device over then would be in the epoch before, and
    /// deaf to the guest for good; <see cref="TryTakeHeld(out DeviceHop.EpochBegun)"/> gives the answer then.
    /// </summary>
    public DeviceHop.EpochBegun? BeginEpoch(uint epoch)
    {
        if (epoch > Epoch)
        {
            Epoch = epoch;
            _answers.Clear();
            _counters = [];
            _msiSequence = 0;
            _unseen.Clear(isEpoch: true);
            Array.Clear(_record.Answers);
            for (var queue = 0; queue < _record.Doorbells.Length; queue++)
            {
                _record.Doorbells[queue].Handled = 0;
                _record.Doorbells[queue].Acknowledged = 0;
            }

            _pci.PowerOn();

            // What the HSM has not answered is asked in the new epoch: in the old one it would be no more.
            for (var queue = 0; queue < _core.QueueCount; queue++)
            {
                if (_doorbells.TryRepeat(queue, out var request))
                    _effects.Register(request);
            }
        }

        if (_memory is not null && _begunEpoch != Epoch)
        {
            _begunEpoch = Epoch;
            _begunMark = _memory.Store();
        }

        _owesBegun = true;
        EndTurn();
        return TryTakeHeld(out DeviceHop.EpochBegun begun) ? begun : null;
    }

    /// <summary>Says again what was not answered; false when nothing is owed.</summary>
    public bool Repeat()
    {
        if (IsSuperseded)
            return false;
        var console = _core.Repeat();
        if (_unseen.Repeat(out var oldest))
            _effects.SendMsi(oldest.Sequence, oldest.Address, oldest.Data);
        for (var queue = 0; _doorbells.IsOutstanding && queue < _core.QueueCount; queue++)
        {
            if (_doorbells.TryRepeat(queue, out var request))
                _effects.Register(request);
        }

        if (_intxSeen < _intxChange)
            _effects.SendIntx(_intxChange, _isIntxAsserted);
        Capture();
        _memory?.Repeat(_record, _effects);
        EndTurn();
        return console || _memory is { IsOutstanding: true } || _doorbells.IsOutstanding || _intxSeen < _intxChange || _unseen.IsAny;
    }

    /// <inheritdoc/>
    public bool MapBar(int bar, PciBarKind kind, ulong address, ulong size)
    {
        _places.Add(new BarPlace(bar, kind, address, size));
        _placesVersion++;
        return true;
    }

    /// <inheritdoc/>
    public void UnmapBar(int bar, PciBarKind kind, ulong address, ulong size)
    {
        _places.Remove(new BarPlace(bar, kind, address, size));
        _placesVersion++;
    }

    /// <inheritdoc/>
    public void SetIntx(bool asserted)
    {
        _trace?.Record(new PathStep(PathHop.DeviceInterrupt, _vm, -1, 0, default, asserted ? 1 : 0, "INTx", Device: Function));
        _isIntxAsserted = asserted;
        _intxChange++;
        _effects.SendIntx(_intxChange, asserted);
        _effects.Watch();
    }

    /// <inheritdoc/>
    public void SendMsi(ulong address, uint data)
    {
        _trace?.Record(new PathStep(PathHop.DeviceInterrupt, _vm, -1, 0, default, data, "MSI-X", Device: Function));
        _unseen.Add(++_msiSequence, address, data);
        _effects.SendMsi(_msiSequence, address, data);
        _effects.Watch();
    }

    /// <inheritdoc/>
    public void Assign(int queue, bool pio, ulong address, uint length, bool dataMatch, ulong data)
    {
        _doorbells.Assign(queue, new DoorbellRegistrations.Doorbell(pio, address, length, dataMatch, data));
        Advance(queue);
    }

    /// <inheritdoc/>
    public void Deassign(int queue)
    {
        _doorbells.Deassign(queue);
        Advance(queue);
    }

    /// <inheritdoc/>
    public void Report(in GuestFault fault) => _effects.Report(fault);

    private BarPlaces Places() => new(_placesVersion, [.. _places]);

    private void Advance(int queue)
    {
        if (!_doorbells.TryNext(queue, out var request))
            return;
        _effects.Register(request);
        _effects.Watch();
    }

    private ulong Execute(DeviceHop.Access request)
    {
        var access = request.Io;
        if (request.Bar == DeviceHop.Configuration)
        {
            if (!access.IsWrite)
                return _pci.ConfigRead((int)request.Offset, access.Size);
            _pci.ConfigWrite((int)request.Offset, access.Size, (uint)access.Value);
            return 0;
        }

        _trace?.Record(new PathStep(
            access.IsWrite ? PathHop.VirtioPciWrite : PathHop.VirtioPciRead, _vm, request.Vcpu, request.Sequence, access, (long)request.Offset, Device: Function));
        if (!access.IsWrite)
            return _pci.BarRead(request.Bar, request.Offset, access.Size);
        _pci.BarWrite(request.Bar, request.Offset, access.Size, access.Value);
        return 0;
    }

    private struct DoorbellCounter
    {
        public ulong Handled;
        public ulong Acknowledged;
    }
}
