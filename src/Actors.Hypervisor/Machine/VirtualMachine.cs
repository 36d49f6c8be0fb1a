using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// One VM as the hypervisor has it: address-space tables, I/O request slots, asyncio, interrupt controllers, the devices that never leave the
/// hypervisor, and the life cycle. Messages come in as calls, effects leave by <see cref="IVirtualMachineHost"/>; no Akka here.
/// <para>Every exit ends in one of five ways: emulated here; a doorbell of the asyncio table; a slot of the I/O request page; #GP; held, since it asked for the machine's end.</para>
/// </summary>
internal sealed class VirtualMachine : IInterruptSink, IPowerSwitch
{
    /// <summary>How often a vCPU from which nothing is heard is told to run: then it is taken to be idle.</summary>
    public const int MaxRunRepeats = 20;

    /// <summary>Asyncio kicks sent again in one period: as many as the HSM acknowledges together.</summary>
    public const int MaxKicksRepeated = 64;

    /// <summary>Characters kept of what a vCPU says about its fault.</summary>
    public const int MaxDetail = 256;

    /// <summary>Lowest vector that the HSM notification may have.</summary>
    public const int FirstUpcallVector = 0x20;

    private readonly IVirtualMachineHost _host;
    private readonly PathTrace? _trace;
    private readonly VmId _vm;
    private readonly bool _polling;
    private readonly VmLifeCycle _life = new();
    private readonly PortIoTable _ports = new();
    private readonly MmioTable _memory = new();
    private readonly IoRequestSlots _slots;
    private readonly AsyncioTable _asyncio = new();
    private readonly AsyncioRing _ring = new();
    private readonly InterruptController _interrupts;
    private readonly Vuart _uart;
    private readonly PciConfigLatch _pciConfig = new();
    private readonly ResetPorts _resetPorts;
    private readonly Pm1aControl _pm1a;
    private readonly VcpuRecord[] _vcpus;

    private RecentResults? _asyncioResults;
    private byte _upcallVector;
    private ulong _parkings;
    private int _parked;

    private bool _active;
    private bool _timerRuns;

    private bool _hasEvent;
    private VmEventKind _event;
    private string? _eventDetail;

    private bool _hasCommand;
    private bool _commandDone;
    private long _commandId;
    private VmCommandKind _command;
    private uint _commandEpoch;
    private Errno _commandResult;

    /// <summary>A VM in CREATED, with epoch 1.</summary>
    public VirtualMachine(VmSpec spec, IVirtualMachineHost host, TimeProvider clock, PathTrace? trace)
    {
        _host = host;
        _trace = trace;
        _vm = spec.Vm;
        _polling = spec.CompletionPolling;
        _upcallVector = spec.UpcallVector;
        _vcpus = new VcpuRecord[spec.Vcpus];
        _slots = new IoRequestSlots(spec.Vcpus, _life.Epoch);
        _interrupts = new InterruptController(spec.Vcpus, this);
        _uart = new Vuart(high => _interrupts.SetLevel(Vuart.Gsi, high));
        _resetPorts = new ResetPorts(this);
        _pm1a = new Pm1aControl(this);

        _ports.Add(PlatformSpec.PciConfigAddressPort, 1, _pciConfig);
        _ports.Add(PlatformSpec.PciConfigDataPort, 4, _pciConfig);
        _ports.Add(PlatformSpec.Com1Port, Vuart.Ports, _uart);
        _ports.Add(PlatformSpec.PicPrimaryPort, 2, _interrupts.Pic);
        _ports.Add(PlatformSpec.PicSecondaryPort, 2, _interrupts.Pic);
        _ports.Add(PicPair.LevelPort, 2, _interrupts.Pic);
        _ports.Add(PlatformSpec.RtcPort, Vrtc.Ports, new Vrtc(clock));
        _ports.Add(PlatformSpec.ResetControlPort, 1, _resetPorts);
        _ports.Add(PlatformSpec.KeyboardControllerPort, 1, _resetPorts);
        _ports.Add(PlatformSpec.Pm1aControlPort, 2, _pm1a);

        _memory.Add(PlatformSpec.LocalApicBase, PlatformSpec.LocalApicBase + LocalApicSpec.Size, _interrupts.LocalApics);
        _memory.Add(PlatformSpec.IoApicBase, PlatformSpec.IoApicBase + IoApic.Size, _interrupts.IoApicWindow);

        _life.Create();
    }

    /// <summary>Counts resets from 1.</summary>
    public uint Epoch => _life.Epoch;

    /// <summary>Where the VM stands.</summary>
    public VmState State => _life.State;

    /// <summary>What was dropped or refused.</summary>
    public VmCounters Counters { get; } = new();

    /// <summary>The hypervisor's half of the I/O request page.</summary>
    public IoRequestSlots Slots => _slots;

    /// <summary>Interrupt controllers.</summary>
    public InterruptController Interrupts => _interrupts;

    /// <summary>The UART at COM1.</summary>
    public Vuart Uart => _uart;

    /// <summary>Cookies on their way.</summary>
    public AsyncioRing Ring => _ring;

    /// <summary>What a vCPU waits for.</summary>
    public VcpuWait WaitOf(int vcpu) => _vcpus[vcpu].Wait;

    // ---- exits ----

    /// <summary>A vCPU stopped with an access, or says so again.</summary>
    public void Exit(uint epoch, in IoRequest request, uint taken = 0)
    {
        if (!IsCurrent(epoch) || !IsVcpu(request.Vcpu))
            return;

        if (!_life.IsRunning)
        {
            Counters.WhileNotRunning++;
            return;
        }

        ref var vcpu = ref _vcpus[request.Vcpu];
        vcpu.IsHeard = true;
        if (request.Sequence <= vcpu.Sequence)
        {
            ExitAgain(request, ref vcpu);
            return;
        }

        if (!_interrupts.Heard(request.Vcpu, taken))
        {
            // An EOI may not overtake the acceptance of what it ends. The vCPU repeats both.
            Counters.EarlyExits++;
            return;
        }

        if (vcpu.Wait != VcpuWait.None || vcpu.IsStopped)
        {
            // A second exit of a blocked vCPU would need a slot that isn't FREE. What is outstanding stays so.
            Counters.OverlappingExits++;
            _host.Complete(request.Vcpu, request.Sequence, 0, IoOutcome.GeneralProtection);
            return;
        }

        vcpu.Sequence = request.Sequence;
        _trace?.Record(new PathStep(PathHop.EmulateIo, _vm, request.Vcpu, request.Sequence, request.Access));
        Emulate(request, ref vcpu);
    }

    private void ExitAgain(in IoRequest request, ref VcpuRecord vcpu)
    {
        if (request.Sequence < vcpu.Sequence || request.Sequence == 0)
        {
            Counters.StaleExits++;
            return;
        }

        // Either it is in hand, or its answer was lost.
        Counters.RepeatedExits++;
        if (vcpu.Wait == VcpuWait.None)
            _host.Complete(request.Vcpu, vcpu.Sequence, vcpu.Value, vcpu.Outcome);
    }

    private void Emulate(in IoRequest request, ref VcpuRecord vcpu)
    {
        var access = request.Access;
        EmulationResult result;
        ulong value;
        string? name;
        switch (access.Type)
        {
            case IoRequestType.PortIo when access.Size is 1 or 2 or 4 && access.Address <= 0xFFFF:
                result = _ports.Access(access, out value, out var port);
                name = port?.Name;
                break;
            case IoRequestType.Mmio when access.Size is 1 or 2 or 4 or 8:
                result = _memory.Access(request.Vcpu, access, out value, out var device);
                name = device?.Name;
                break;
            case IoRequestType.WriteProtect:
                // ACRN passes it on, and its device model gives up; nobody has a use for it.
                Counters.WriteProtectFaults++;
                Answer(request.Vcpu, ref vcpu, access.AllOnes, IoOutcome.Completed, access);
                return;
            default:
                Counters.MalformedAccesses++;
                Answer(request.Vcpu, ref vcpu, 0, IoOutcome.GeneralProtection, access);
                return;
        }

        switch (result)
        {
            case EmulationResult.NotMine:
                Forward(request, ref vcpu);
                return;
            case EmulationResult.Refused:
                Counters.RefusedAccesses++;
                Answer(request.Vcpu, ref vcpu, 0, IoOutcome.GeneralProtection, access);
                return;
            case EmulationResult.Held:
                vcpu.Wait = VcpuWait.PowerSwitch;
                break;
            default:
                break;
        }

        if (_trace is not null)
        {
            var shown = access.IsWrite ? access.Value : value & access.AllOnes;
            _trace.Record(new PathStep(PathHop.HypervisorHandler, _vm, request.Vcpu, request.Sequence, access, (long)shown, name));
        }

        if (result == EmulationResult.Done)
            Answer(request.Vcpu, ref vcpu, value, IoOutcome.Completed, access);
    }

    private void Forward(in IoRequest request, ref VcpuRecord vcpu)
    {
        if (_asyncio.Count != 0 && _asyncio.TryMatch(request.Access, out var cookie))
        {
            if (_parked == 0 && TryKick(request, cookie))
            {
                Answer(request.Vcpu, ref vcpu, 0, IoOutcome.Completed, request.Access);
                return;
            }

            vcpu.Wait = VcpuWait.AsyncioRoom;
            vcpu.Access = request.Access;
            vcpu.Cookie = cookie;
            vcpu.ParkedAt = ++_parkings;
            _parked++;
            Counters.Parked++;
            return;
        }

        if (!_slots.Insert(request))
        {
            Answer(request.Vcpu, ref vcpu, 0, IoOutcome.GeneralProtection, request.Access);
            return;
        }

        vcpu.Wait = VcpuWait.Slot;
        Outstanding();
        if (_trace is not null)
        {
            _trace.Record(new PathStep(PathHop.InsertRequest, _vm, request.Vcpu, request.Sequence, request.Access));
            _trace.Record(new PathStep(PathHop.FireHsmInterrupt, _vm, request.Vcpu, request.Sequence, request.Access, _upcallVector));
        }

        _host.Upcall(_upcallVector, request, default);
        if (_polling)
            Poll(request.Vcpu, request.Sequence);
    }

    private void Answer(int index, ref VcpuRecord vcpu, ulong value, IoOutcome outcome, in IoAccess access)
    {
        vcpu.Wait = VcpuWait.None;
        vcpu.Outcome = outcome;
        vcpu.Value = access.IsWrite || outcome != IoOutcome.Completed ? 0 : value & access.AllOnes;
        _host.Complete(index, vcpu.Sequence, vcpu.Value, outcome);
    }

    // ---- completions ----

    /// <summary>NOTIFY_REQUEST_FINISH.</summary>
    public void Finished(uint epoch, int vcpu, ulong sequence, ulong value)
    {
        if (_slots.Finish(epoch, vcpu, sequence, value) != SlotCompletion.Accepted)
            return;

        if (_trace is not null)
        {
            var request = _slots.RequestIn(vcpu);
            _trace.Record(new PathStep(PathHop.NotifyRequestFinish, _vm, vcpu, sequence, request.Access, (long)value));
        }

        PostWork(vcpu);
    }

    /// <summary>A polling vCPU's look at its slot is answered.</summary>
    public void SlotSeen(uint epoch, int vcpu, ulong sequence, IoRequestSlotState state, ulong value)
    {
        if (!_slots.PollAnswered(epoch, vcpu, sequence))
        {
            Counters.StalePolls++;
            return;
        }

        if (state == IoRequestSlotState.Complete)
        {
            _slots.Finish(epoch, vcpu, sequence, value);
            PostWork(vcpu);
        }
        else if (_life.IsRunning)
        {
            // The spin of ACRN's polling vCPU, with the mailbox as its yield.
            Poll(vcpu, sequence);
        }
    }

    private void Poll(int vcpu, ulong sequence)
    {
        _slots.PollSent(vcpu);
        _host.Poll(vcpu, sequence);
    }

    private void PostWork(int index)
    {
        var request = _slots.PostWork(index, out var value);
        _trace?.Record(new PathStep(PathHop.PostWork, _vm, index, request.Sequence, request.Access, (long)value));
        ref var vcpu = ref _vcpus[index];
        if (_life.IsRunning && !vcpu.IsStopped)
        {
            Answer(index, ref vcpu, value, IoOutcome.Completed, request.Access);
        }
        else
        {
            // ZOMBIE: the slot is free, and the guest never learns.
            vcpu.Wait = VcpuWait.None;
            Counters.WhileNotRunning++;
        }
    }

    // ---- asyncio ----

    /// <summary>ASYNCIO_ASSIGN, ASYNCIO_DEASSIGN.</summary>
    public void SetAsyncio(uint epoch, long id, bool assign, in AsyncioDescriptor descriptor)
    {
        if (!IsCurrent(epoch))
            return;

        if (_life.State == VmState.PoweredOff)
        {
            _host.AnswerAsyncio(id, Errno.NotPermitted);
            return;
        }

        _asyncioResults ??= new RecentResults();
        if (!_asyncioResults.TryGet(id, out var result))
        {
            result = assign ? _asyncio.Assign(descriptor) : _asyncio.Deassign(descriptor);
            _asyncioResults.Add(id, result);
        }

        _host.AnswerAsyncio(id, result);
    }

    /// <summary>The HSM drained the ring up to a position: parked vCPUs go on, the one that waits longest first.</summary>
    public void AsyncioDrained(uint epoch, ulong position)
    {
        if (!IsCurrent(epoch) || !_ring.Drained(position))
            return;

        while (_parked > 0 && !_ring.IsFull && _life.IsRunning)
        {
            var index = LongestParked();
            ref var vcpu = ref _vcpus[index];
            _parked--;
            TryKick(new IoRequest(index, vcpu.Sequence, vcpu.Access), vcpu.Cookie);
            Answer(index, ref vcpu, 0, IoOutcome.Completed, vcpu.Access);
        }
    }

    private int LongestParked()
    {
        var longest = -1;
        for (var i = 0; i < _vcpus.Length; i++)
        {
            if (_vcpus[i].Wait == VcpuWait.AsyncioRoom && (longest < 0 || _vcpus[i].ParkedAt < _vcpus[longest].ParkedAt))
                longest = i;
        }

        return longest;
    }

    private bool TryKick(in IoRequest request, ulong cookie)
    {
        if (!_ring.TryPut(cookie, out var position))
            return false;

        Outstanding();
        _trace?.Record(new PathStep(PathHop.AsyncioKick, _vm, request.Vcpu, request.Sequence, request.Access, (long)cookie));
        _host.Kick(position, cookie);
        return true;
    }

    // ---- interrupts ----

    /// <summary>INJECT_MSI.</summary>
    public void InjectMsi(uint epoch, ulong source, ulong sequence, ulong address, uint data)
    {
        if (!TakesHypercall(epoch))
            return;

        if (_interrupts.InjectMsi(source, sequence, address, data))
            TraceInterrupt(data & 0xFF, "msi");
    }

    /// <summary>SET_IRQLINE.</summary>
    public void SetLine(uint epoch, ulong source, ulong sequence, int gsi, IrqLineOperation operation)
    {
        if (!TakesHypercall(epoch))
            return;

        if (_interrupts.SetLine(source, sequence, gsi, operation))
            TraceInterrupt(gsi, "gsi");
    }

    /// <summary>A vCPU's guest took a vector that was offered to it, or its vCPU says so again.</summary>
    public void InterruptAccepted(uint epoch, int vcpu, ulong sequence, byte vector)
    {
        if (!IsCurrent(epoch) || !IsVcpu(vcpu))
            return;

        if (!_life.IsRunning)
        {
            Counters.WhileNotRunning++;
            return;
        }

        _vcpus[vcpu].IsHeard = true;
        if (!_interrupts.Accepted(vcpu, sequence, vector))
            Counters.StaleAcceptances++;
    }

    bool IInterruptSink.TakesInterrupts(int vcpu) => _life.IsRunning && _vcpus[vcpu].IsStarted && !_vcpus[vcpu].IsStopped;

    void IInterruptSink.Deliver(int vcpu, ulong sequence, byte vector)
    {
        Outstanding();
        _host.Deliver(vcpu, sequence, vector);
    }

    bool IInterruptSink.Initialize(int vcpu)
    {
        // Processors that wait for SIPI are in the state that INIT makes. One that runs can't be stopped within its epoch.
        if (vcpu != 0 && !_vcpus[vcpu].IsStarted)
            return true;

        Counters.IgnoredStartups++;
        return false;
    }

    void IInterruptSink.StartUp(int vcpu, byte vector)
    {
        if (vcpu == 0 || _vcpus[vcpu].IsStarted || _vcpus[vcpu].IsStopped)
            Counters.IgnoredStartups++;
        else
            Run(vcpu, vector);
    }

    private bool TakesHypercall(uint epoch)
    {
        if (!IsCurrent(epoch))
            return false;

        if (_life.State is VmState.Created or VmState.Running)
            return true;

        Counters.WhileNotRunning++;
        return false;
    }

    private void TraceInterrupt(long detail, string name) =>
        _trace?.Record(new PathStep(PathHop.InjectInterrupt, _vm, -1, 0, default, detail, name));

    // ---- vCPUs ----

    /// <summary>A vCPU will run no more in this epoch.</summary>
    public void VcpuEnded(uint epoch, int vcpu, string? fault)
    {
        if (!IsCurrent(epoch) || !IsVcpu(vcpu))
            return;

        Stopped(vcpu);
        if (fault is not null && _life.IsRunning)
            Request(VmEventKind.TripleFault, fault);
    }

    /// <summary>A vCPU's actor failed; it will run again from the next epoch on.</summary>
    public void VcpuCrashed(int vcpu, string reason)
    {
        // One that hasn't begun has lost nothing.
        if (IsVcpu(vcpu) && _vcpus[vcpu].IsStarted)
            VcpuEnded(_life.Epoch, vcpu, reason);
    }

    /// <summary>Something of ours failed in the middle of a message: the guest can't be trusted to this machine any longer.</summary>
    public void Failed(string reason)
    {
        // A command that it happened in has no result; it is done anew when it comes again.
        if (!_commandDone && _command != VmCommandKind.Pause)
            _hasCommand = false;

        if (_life.IsRunning)
            Request(VmEventKind.TripleFault, reason);
    }

    /// <summary>A vCPU obeyed.</summary>
    public void VcpuPaused(uint epoch, int vcpu)
    {
        if (IsCurrent(epoch) && IsVcpu(vcpu))
            Stopped(vcpu);
    }

    /// <summary>A device, or a vCPU's fault, asks for the machine's end. The first wish counts.</summary>
    public void Request(VmEventKind kind) => Request(kind, detail: null);

    private void Request(VmEventKind kind, string? detail)
    {
        if (_hasEvent)
            return;

        _hasEvent = true;
        _event = kind;
        _eventDetail = detail is { Length: > MaxDetail } ? detail[..MaxDetail] : detail;
        Outstanding();
        _host.Announce(_event, _eventDetail);
    }

    private void Stopped(int index)
    {
        ref var vcpu = ref _vcpus[index];
        vcpu.IsHeard = true;
        vcpu.IsStopped = true;
        if (_life.State == VmState.Pausing)
            TryFinishPause();
    }

    private void Run(int index, byte startupVector)
    {
        ref var vcpu = ref _vcpus[index];
        vcpu.IsStarted = true;
        vcpu.StartupVector = startupVector;
        Outstanding();
        _host.Run(index, startupVector);
        _interrupts.Started(index);
    }

    // ---- life cycle ----

    /// <summary>A command. One with the id of the last is answered as that was, once there is an answer.</summary>
    public void Command(long id, VmCommandKind command, int argument)
    {
        if (_hasCommand && id == _commandId)
        {
            if (_commandDone)
                _host.Answer(_commandId, _command, _commandEpoch, _commandResult);
            return;
        }

        _hasCommand = true;
        _commandDone = false;
        _commandId = id;
        _command = command;
        switch (command)
        {
            case VmCommandKind.Start:
                Start();
                break;
            case VmCommandKind.Pause:
                Pause();
                break;
            case VmCommandKind.Reset:
                Reset();
                break;
            case VmCommandKind.Destroy:
                Destroy();
                break;
            case VmCommandKind.SetCallbackVector:
                Done(SetUpcallVector(argument));
                break;
            default:
                Done(Errno.Invalid);
                break;
        }
    }

    private void Start()
    {
        var result = _life.Start();
        if (result == Errno.Ok)
            Run(0, startupVector: 0);

        Done(result);
    }

    private void Pause()
    {
        var was = _life.State;
        var result = _life.Pause();
        if (result != Errno.Ok || was == VmState.Paused)
        {
            Done(result);
            return;
        }

        if (was != VmState.Pausing)
        {
            EndEvent();
            AskForPause();
        }

        Outstanding();
        TryFinishPause();
    }

    private void AskForPause()
    {
        for (var i = 0; i < _vcpus.Length; i++)
        {
            if (_vcpus[i].IsStarted && !_vcpus[i].IsStopped)
                _host.Pause(i);
        }
    }

    private void TryFinishPause()
    {
        foreach (ref readonly var vcpu in _vcpus.AsSpan())
        {
            if (vcpu.IsStarted && !vcpu.IsStopped)
                return;
        }

        _life.Paused();
        if (_hasCommand && !_commandDone && _command == VmCommandKind.Pause)
            Done(Errno.Ok);
    }

    private void Reset()
    {
        var result = _life.Reset();
        if (result == Errno.Ok)
        {
            Wipe();
            _host.ClearMemory();
        }

        Done(result);
    }

    private void Destroy()
    {
        var result = _life.Destroy();
        if (result == Errno.Ok)
        {
            Wipe();
            _host.Destroyed();
        }

        Done(result);
    }

    /// <summary>What belongs to an epoch goes. The clock, and the UART's kept output, stay.</summary>
    private void Wipe()
    {
        EndEvent();
        Array.Clear(_vcpus);
        _slots.Reset(_life.Epoch);
        _asyncio.Clear();
        _asyncioResults = null;
        _ring.Clear();
        _parked = 0;
        _uart.Reset();
        _interrupts.Reset();
        _pciConfig.Reset();
        _resetPorts.Reset();
        _pm1a.Reset();
    }

    private Errno SetUpcallVector(int vector)
    {
        if (vector is < FirstUpcallVector or > byte.MaxValue)
            return Errno.Invalid;

        if (_life.State == VmState.PoweredOff)
            return Errno.NotPermitted;

        _upcallVector = (byte)vector;
        return Errno.Ok;
    }

    private void Done(Errno result)
    {
        _commandDone = true;
        _commandResult = result;
        _commandEpoch = _life.Epoch;
        _host.Answer(_commandId, _command, _commandEpoch, result);
    }

    private void EndEvent()
    {
        _hasEvent = false;
        _eventDetail = null;
    }

    // ---- retries ----

    /// <summary>
    /// A period is over: what was outstanding for all of it is sent again. False when nothing is outstanding and nothing was in this period: the timer ends.
    /// </summary>
    public bool Tick()
    {
        var outstanding = _active;
        _active = false;

        if (_hasEvent)
        {
            outstanding = true;
            _host.Announce(_event, _eventDetail);
        }

        switch (_life.State)
        {
            case VmState.Pausing:
                outstanding = true;
                AskForPause();
                break;
            case VmState.Running:
                outstanding |= RepeatRuns() | RepeatUpcall() | RepeatOffers();
                break;
            default:
                break;
        }

        outstanding |= RepeatKicks();
        _timerRuns = outstanding;
        return outstanding;
    }

    private bool RepeatRuns()
    {
        var outstanding = false;
        for (var i = 0; i < _vcpus.Length; i++)
        {
            ref var vcpu = ref _vcpus[i];
            if (!vcpu.IsStarted || vcpu.IsHeard || vcpu.RunRepeats >= MaxRunRepeats)
                continue;

            vcpu.RunRepeats++;
            outstanding = true;
            _host.Run(i, vcpu.StartupVector);
        }

        return outstanding;
    }

    private bool RepeatOffers()
    {
        var outstanding = false;
        for (var i = 0; i < _vcpus.Length; i++)
            outstanding |= _interrupts.Tick(i);

        return outstanding;
    }

    private bool RepeatUpcall()
    {
        if (_slots.Pending == 0)
            return false;

        if (_slots.AnyUnanswered())
        {
            Counters.RepeatedUpcalls++;
            var first = _slots.AllPending(out var others);
            _trace?.Record(new PathStep(PathHop.FireHsmInterrupt, _vm, first.Vcpu, first.Sequence, first.Access, _upcallVector, "again"));
            _host.Upcall(_upcallVector, first, others);
        }

        if (_polling)
        {
            for (var i = 0; i < _vcpus.Length; i++)
            {
                if (_slots.PollLost(i))
                    _host.Poll(i, _slots.RequestIn(i).Sequence);
            }
        }

        return true;
    }

    private bool RepeatKicks()
    {
        if (_ring.Count == 0)
            return false;

        var overdue = Math.Min(_ring.Overdue(), MaxKicksRepeated);
        for (var i = 0; i < overdue; i++)
        {
            var position = _ring.Oldest + (ulong)i;
            Counters.RepeatedKicks++;
            _host.Kick(position, _ring.CookieAt(position));
        }

        return true;
    }

    private void Outstanding()
    {
        _active = true;
        if (_timerRuns)
            return;

        _timerRuns = true;
        _host.StartRetryTimer();
    }

    private bool IsCurrent(uint epoch)
    {
        if (epoch == _life.Epoch)
            return true;

        Counters.StaleEpoch++;
        return false;
    }

    private bool IsVcpu(int vcpu)
    {
        if ((uint)vcpu < (uint)_vcpus.Length)
            return true;

        Counters.NoSuchVcpu++;
        return false;
    }
}
