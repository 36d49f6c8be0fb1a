namespace Actors.Hypervisor;

/// <summary>
/// Local APIC of one vCPU, xAPIC mode.
/// <para>There: id (that of the vCPU, read only), version, TPR, APR (as PPR), PPR, EOI, LDR, DFR, SVR with software enable, ISR, TMR, IRR, ESR, ICR, local vector table.</para>
/// <para>Reset state as on hardware: software-disabled, so it refuses interrupts until the guest sets bit 8 of SVR.</para>
/// <para>Not there: a timer (its registers hold what is written; the current count reads 0), x2APIC, EOI broadcast suppression, self-IPI register, error
/// interrupts, NMI. Accesses other than 4 bytes at a register's first byte read 0 and write nothing.</para>
/// </summary>
internal sealed class LocalApic(byte id)
{
    private VectorSet _request;
    private VectorSet _offered;
    private VectorSet _service;
    private VectorSet _trigger;
    private uint _logicalDestination;
    private uint _destinationFormat = uint.MaxValue;
    private uint _spurious = 0xFF;
    private uint _errors;
    private uint _errorsShown;
    private uint _commandLow;
    private uint _commandHigh;
    private uint _timerInitial;
    private uint _timerDivide;
    private uint _lvtCmci = LocalApicSpec.LvtMasked;
    private uint _lvtTimer = LocalApicSpec.LvtMasked;
    private uint _lvtThermal = LocalApicSpec.LvtMasked;
    private uint _lvtPerformance = LocalApicSpec.LvtMasked;
    private uint _lvtLint0 = LocalApicSpec.LvtMasked;
    private uint _lvtLint1 = LocalApicSpec.LvtMasked;
    private uint _lvtError = LocalApicSpec.LvtMasked;
    private byte _taskPriority;
    private bool _lint0Written;

    /// <summary>APIC id.</summary>
    public byte Id => id;

    /// <summary>The handshake with the vCPU, once there was something to offer: vectors of this APIC and, on vCPU 0, of the PIC.</summary>
    public InterruptOffers? Offers { get; set; }

    /// <summary>True when the guest has enabled it.</summary>
    public bool IsEnabled => (_spurious & LocalApicSpec.SoftwareEnable) != 0;

    /// <summary>The interprocessor command in the ICR: what the last write to its low half asks for.</summary>
    public uint CommandLow => _commandLow;

    /// <summary>Destination of the interprocessor command.</summary>
    public byte CommandDestination => (byte)(_commandHigh >> 24);

    /// <summary>
    /// True when the PIC's output reaches the vCPU: by the wire that is there after reset, until the guest sets up LINT0; then as LINT0 says.
    /// </summary>
    public bool TakesExternal => !_lint0Written
        || ((_lvtLint0 & LocalApicSpec.LvtMasked) == 0 && ((_lvtLint0 >> 8) & 7) == LocalApicSpec.DeliveryExternal);

    /// <summary>The priority that a vector's class must exceed.</summary>
    public byte ProcessorPriority
    {
        get
        {
            var inService = Math.Max(_service.Highest, 0) & 0xF0;
            return (byte)((_taskPriority & 0xF0) >= inService ? _taskPriority : inService);
        }
    }

    /// <summary>Back to the state after power-on or INIT.</summary>
    public void Reset()
    {
        _request = default;
        _offered = default;
        _service = default;
        _trigger = default;
        _logicalDestination = 0;
        _destinationFormat = uint.MaxValue;
        _spurious = 0xFF;
        _errors = _errorsShown = 0;
        _commandLow = _commandHigh = 0;
        _timerInitial = _timerDivide = 0;
        _lvtCmci = _lvtTimer = _lvtThermal = _lvtPerformance = _lvtLint0 = _lvtLint1 = _lvtError = LocalApicSpec.LvtMasked;
        _taskPriority = 0;
        _lint0Written = false;
    }

    /// <summary>A vector arrives. False when it is refused: APIC disabled, or an exception's vector. One that waits already stays one.</summary>
    public bool Accept(byte vector, bool level)
    {
        if (vector < LocalApicSpec.FirstVector)
        {
            _errors |= LocalApicSpec.ErrorReceiveIllegalVector;
            return false;
        }

        if (!IsEnabled)
            return false;

        _request.Add(vector);
        if (level)
            _trigger.Add(vector);
        else
            _trigger.Remove(vector);

        return true;
    }

    /// <summary>
    /// The highest waiting vector, if its class is above the processor's priority and above what is offered already: then it can be offered to the processor.
    /// </summary>
    public bool HasDue(out byte vector)
    {
        var highest = _request.Highest;
        vector = (byte)Math.Max(highest, 0);
        return highest >= 0
            && (highest & 0xF0) > (ProcessorPriority & 0xF0)
            && (highest & 0xF0) > (Math.Max(_offered.Highest, 0) & 0xF0);
    }

    /// <summary>
    /// A waiting vector is offered. IRR shows it until it is taken; asked for again meanwhile it waits once more, since nobody knows here whether the
    /// guest took it before or after.
    /// </summary>
    public void Offer(byte vector)
    {
        _request.Remove(vector);
        _offered.Add(vector);
    }

    /// <summary>The processor took an offered vector: it goes from IRR to ISR.</summary>
    public void Inject(byte vector)
    {
        _offered.Remove(vector);
        _service.Add(vector);
    }

    /// <summary>True when a message with this destination is for this APIC.</summary>
    public bool IsDestination(byte destination, bool logical)
    {
        if (!logical)
            return destination == id || destination == LocalApicSpec.Broadcast;

        var own = (byte)(_logicalDestination >> 24);
        if (_destinationFormat >> 28 == 0xF)
            return (own & destination) != 0;

        // Cluster model: high nibble names the cluster (15 is all), low nibble its members.
        return ((destination >> 4) == 0xF || (destination >> 4) == (own >> 4)) && (own & destination & 0xF) != 0;
    }

    /// <summary>Notes that a command named a vector that can't be sent.</summary>
    public void RefuseToSend() => _errors |= LocalApicSpec.ErrorSendIllegalVector;

    /// <summary>A 4-byte read of a register; 0 where there is none.</summary>
    public uint Read(int register) => register switch
    {
        LocalApicSpec.Id => (uint)id << 24,
        LocalApicSpec.Version => LocalApicSpec.VersionValue,
        LocalApicSpec.TaskPriority => _taskPriority,
        LocalApicSpec.ArbitrationPriority or LocalApicSpec.ProcessorPriority => ProcessorPriority,
        LocalApicSpec.LogicalDestination => _logicalDestination,
        LocalApicSpec.DestinationFormat => _destinationFormat,
        LocalApicSpec.SpuriousVector => _spurious,
        >= LocalApicSpec.InService and < LocalApicSpec.TriggerMode when (register & 0xF) == 0 => _service.Register((register - LocalApicSpec.InService) >> 4),
        >= LocalApicSpec.TriggerMode and < LocalApicSpec.InterruptRequest when (register & 0xF) == 0 => _trigger.Register((register - LocalApicSpec.TriggerMode) >> 4),
        >= LocalApicSpec.InterruptRequest and < LocalApicSpec.ErrorStatus when (register & 0xF) == 0 => RequestRegister((register - LocalApicSpec.InterruptRequest) >> 4),
        LocalApicSpec.ErrorStatus => _errorsShown,
        LocalApicSpec.CommandLow => _commandLow,
        LocalApicSpec.CommandHigh => _commandHigh,
        LocalApicSpec.TimerInitialCount => _timerInitial,
        LocalApicSpec.TimerDivide => _timerDivide,
        _ => TryGetLvt(register, out var entry) ? entry : 0,
    };

    /// <summary>A 4-byte write of a register. <paramref name="ended"/> is the vector of <see cref="LocalApicEffect.LevelEnded"/>.</summary>
    public LocalApicEffect Write(int register, uint value, out byte ended)
    {
        ended = 0;
        switch (register)
        {
            case LocalApicSpec.TaskPriority:
                _taskPriority = (byte)value;
                return LocalApicEffect.None;

            case LocalApicSpec.EndOfInterrupt:
                return End(out ended) ? LocalApicEffect.LevelEnded : LocalApicEffect.None;

            case LocalApicSpec.LogicalDestination:
                _logicalDestination = value & 0xFF00_0000;
                return LocalApicEffect.None;

            case LocalApicSpec.DestinationFormat:
                _destinationFormat = value | 0x0FFF_FFFF;
                return LocalApicEffect.None;

            case LocalApicSpec.SpuriousVector:
                _spurious = value & 0x3FF;
                if (!IsEnabled)
                    MaskLvt();
                return LocalApicEffect.Enable;

            case LocalApicSpec.ErrorStatus:
                _errorsShown = _errors;
                _errors = 0;
                return LocalApicEffect.None;

            case LocalApicSpec.CommandLow:
                _commandLow = value & LocalApicSpec.CommandWritable;
                return LocalApicEffect.Command;

            case LocalApicSpec.CommandHigh:
                _commandHigh = value & 0xFF00_0000;
                return LocalApicEffect.None;

            case LocalApicSpec.TimerInitialCount:
                _timerInitial = value;
                return LocalApicEffect.None;

            case LocalApicSpec.TimerDivide:
                _timerDivide = value & 0xB;
                return LocalApicEffect.None;

            default:
                return WriteLvt(register, value);
        }
    }

    private uint RequestRegister(int index) => _request.Register(index) | _offered.Register(index);

    /// <summary>The highest vector in service ends. True when it was level-triggered.</summary>
    private bool End(out byte vector)
    {
        var highest = _service.Highest;
        vector = (byte)Math.Max(highest, 0);
        if (highest < 0)
            return false;

        _service.Remove(highest);
        return _trigger.Contains(highest);
    }

    private LocalApicEffect WriteLvt(int register, uint value)
    {
        ref var entry = ref Lvt(register, out var found);
        if (!found)
            return LocalApicEffect.None;

        entry = value & LocalApicSpec.LvtWritable;
        if (register != LocalApicSpec.LvtLint0)
        {
            // A disabled APIC keeps its entries masked; LINT0 is the exception, since virtual wire mode works without it.
            if (!IsEnabled)
                entry |= LocalApicSpec.LvtMasked;
            return LocalApicEffect.None;
        }

        _lint0Written = true;
        return LocalApicEffect.Lint0;
    }

    private bool TryGetLvt(int register, out uint value)
    {
        value = Lvt(register, out var found);
        return found;
    }

    private ref uint Lvt(int register, out bool found)
    {
        found = true;
        switch (register)
        {
            case LocalApicSpec.LvtCmci: return ref _lvtCmci;
            case LocalApicSpec.LvtTimer: return ref _lvtTimer;
            case LocalApicSpec.LvtThermal: return ref _lvtThermal;
            case LocalApicSpec.LvtPerformance: return ref _lvtPerformance;
            case LocalApicSpec.LvtLint0: return ref _lvtLint0;
            case LocalApicSpec.LvtLint1: return ref _lvtLint1;
            case LocalApicSpec.LvtError: return ref _lvtError;
            default:
                found = false;
                return ref _lvtError;
        }
    }

    private void MaskLvt()
    {
        _lvtCmci |= LocalApicSpec.LvtMasked;
        _lvtTimer |= LocalApicSpec.LvtMasked;
        _lvtThermal |= LocalApicSpec.LvtMasked;
        _lvtPerformance |= LocalApicSpec.LvtMasked;
        _lvtLint1 |= LocalApicSpec.LvtMasked;
        _lvtError |= LocalApicSpec.LvtMasked;
    }
}
