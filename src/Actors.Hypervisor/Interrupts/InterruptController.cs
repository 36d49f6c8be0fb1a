using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// The interrupt controllers of a VM and the wires between them: MSI and IOAPIC pins to local APICs, ISA lines also to the PIC pair, the PIC's output
/// to vCPU 0, interprocessor interrupts. What a message asks for is done once, whoever repeats it.
/// </summary>
internal sealed class InterruptController
{
    private readonly LocalApic[] _apics;
    private readonly IoApic _ioApic = new();
    private readonly PicPair _pic = new();

    // Not made before an interrupt comes: an idle VM is small.
    private InterruptReplayFilter? _replays;
    private readonly IInterruptSink _sink;

    // The PIC's line that is offered to vCPU 0, or -1.
    private int _externalLine = -1;
    private byte _externalVector;

    // Which (source, sequence) set a line last: a level that arrives behind a newer one of its source is old.
    private LineOrigin[]? _origins;

    /// <summary>Controllers for a VM's vCPUs.</summary>
    public InterruptController(int vcpus, IInterruptSink sink)
    {
        _sink = sink;
        _apics = new LocalApic[vcpus];
        for (var i = 0; i < vcpus; i++)
            _apics[i] = new LocalApic((byte)i);

        _pic.OnChange(() => PumpPic());
        LocalApics = new LocalApicPage(this);
        IoApicWindow = new IoApicPage(this);
    }

    /// <summary>The page at which each vCPU sees its own local APIC.</summary>
    public IMmioHandler LocalApics { get; }

    /// <summary>The IOAPIC's registers.</summary>
    public IMmioHandler IoApicWindow { get; }

    /// <summary>The PIC pair's ports.</summary>
    public PicPair Pic => _pic;

    /// <summary>Which repeated interrupts were dropped.</summary>
    public InterruptReplayFilter Replays => _replays ??= new InterruptReplayFilter();

    /// <summary>Interrupts that were malformed: address, delivery mode, line number.</summary>
    public long Malformed { get; private set; }

    /// <summary>Interrupts that no local APIC took: none addressed, disabled, or an exception's vector.</summary>
    public long NotTaken { get; private set; }

    /// <summary>Vectors offered again.</summary>
    public long RepeatedOffers { get; private set; }

    /// <summary>Line operations that came behind a newer one of their source.</summary>
    public long LateLevels { get; private set; }

    /// <summary>The local APIC of a vCPU.</summary>
    public LocalApic ApicOf(int vcpu) => _apics[vcpu];

    /// <summary>INJECT_MSI. False when it was not applied.</summary>
    public bool InjectMsi(ulong source, ulong sequence, ulong address, uint data, ulong oldest = 0)
    {
        if (!Admit(source, sequence, oldest))
            return false;

        if (!MsiMessage.TryDecode(address, data, out var message))
        {
            Malformed++;
            return false;
        }

        return Send(message.Vector, message.Destination, message.Logical, message.LowestPriority, level: false);
    }

    /// <summary>SET_IRQLINE. False when it was not applied.</summary>
    public bool SetLine(ulong source, ulong sequence, int gsi, IrqLineOperation operation, ulong oldest = 0)
    {
        if (!Admit(source, sequence, oldest))
            return false;

        if ((uint)gsi >= PlatformSpec.IoApicPins || operation > IrqLineOperation.FallingPulse)
        {
            Malformed++;
            return false;
        }

        _origins ??= new LineOrigin[PlatformSpec.IoApicPins];
        ref var origin = ref _origins[gsi];
        if (origin.Source == source && sequence < origin.Sequence)
        {
            LateLevels++;
            return false;
        }

        origin = new LineOrigin(source, sequence);
        switch (operation)
        {
            case IrqLineOperation.SetHigh:
                SetLevel(gsi, high: true);
                break;
            case IrqLineOperation.SetLow:
                SetLevel(gsi, high: false);
                break;
            case IrqLineOperation.RaisingPulse:
                SetLevel(gsi, high: false);
                SetLevel(gsi, high: true);
                SetLevel(gsi, high: false);
                break;
            default:
                SetLevel(gsi, high: true);
                SetLevel(gsi, high: false);
                SetLevel(gsi, high: true);
                break;
        }

        return true;
    }

    /// <summary>An interrupt that comes too late to matter: its sender needn't repeat it.</summary>
    public void Discard(ulong source, ulong sequence, ulong oldest) => Admit(source, sequence, oldest);

    /// <summary>A device inside the hypervisor, or the end of a hypercall, sets a line.</summary>
    public void SetLevel(int gsi, bool high)
    {
        if (_ioApic.SetLine(gsi, high))
            SendPin(gsi);

        if (gsi >= 16)
            return;

        // Pin 2 of the IOAPIC is the timer, which the PIC has on line 0.
        _pic.SetLine(gsi == PicPair.CascadeLine ? 0 : gsi, high);
        PumpPic();
    }

    /// <summary>Offers a vCPU every vector whose class is above its priority. Called when it begins to run, too.</summary>
    public void Flush(int vcpu)
    {
        if (!_sink.TakesInterrupts(vcpu))
            return;

        var apic = _apics[vcpu];
        while (apic.HasDue(out var vector) && apic.Offers?.IsBusy(vector) != true)
        {
            apic.Offer(vector);
            Offer(vcpu, vector);
        }

        apic.Offers?.Rearm();
    }

    /// <summary>The vCPU took a vector. False when it isn't offered by that number.</summary>
    public bool Accepted(int vcpu, ulong sequence, byte vector)
    {
        var offers = _apics[vcpu].Offers;
        if (offers is null || !offers.Accept(sequence, vector))
            return false;

        // What was offered stays so in the tables below: only a reset takes it back, and that forgets the offers, too.
        var line = -1;
        if (vcpu == 0 && _externalLine >= 0 && _externalVector == vector)
        {
            line = _externalLine;
            _externalLine = -1;
            _pic.Take(line);
        }
        else
        {
            _apics[vcpu].Inject(vector);
        }

        Flush(vcpu);
        if (vcpu == 0)
            PumpPic(line);

        return true;
    }

    /// <summary>
    /// An exit of a vCPU that took so many vectors before it. False when an acceptance of one is missing: then the exit is not to be looked at.
    /// </summary>
    public bool Heard(int vcpu, uint taken)
    {
        var offers = _apics[vcpu].Offers;
        if (offers is null)
            return taken == 0;

        offers.Rearm();

        return taken <= offers.Accepted;
    }

    /// <summary>The vCPU has an offer, and its guest doesn't take it now.</summary>
    public void Held(int vcpu, ulong sequence) => _apics[vcpu].Offers?.Hold(sequence);

    /// <summary>How many vectors a vCPU accepted.</summary>
    public uint AcceptedBy(int vcpu) => _apics[vcpu].Offers?.Accepted ?? 0;

    /// <summary>A period is over: what a vCPU should have accepted is offered again. False when nothing more will be offered again.</summary>
    public bool Tick(int vcpu)
    {
        var offers = _apics[vcpu].Offers;
        if (offers is null || !_sink.TakesInterrupts(vcpu))
            return false;

        if (offers.IsDue())
            Repeat(vcpu, offers);

        return offers.IsWaiting;
    }

    /// <summary>Everything to power-on (VM reset).</summary>
    public void Reset()
    {
        foreach (var apic in _apics)
        {
            apic.Reset();
            apic.Offers = null;
        }

        _ioApic.Reset();
        _pic.Reset();
        _replays?.Clear();
        _origins = null;
        _externalLine = -1;
    }

    private bool Admit(ulong source, ulong sequence, ulong oldest)
    {
        var admission = Replays.Admit(source, sequence, oldest);
        if (admission.IsTold)
            _sink.Acknowledge(source, admission.Floor);

        return admission.IsNew;
    }

    private bool Send(byte vector, byte destination, bool logical, bool lowestPriority, bool level)
    {
        var taken = false;
        if (lowestPriority)
        {
            var best = -1;
            for (var i = 0; i < _apics.Length; i++)
            {
                if (_apics[i].IsEnabled && _apics[i].IsDestination(destination, logical)
                    && (best < 0 || _apics[i].ProcessorPriority < _apics[best].ProcessorPriority))
                {
                    best = i;
                }
            }

            taken = best >= 0 && Accept(best, vector, level);
        }
        else
        {
            for (var i = 0; i < _apics.Length; i++)
            {
                if (_apics[i].IsDestination(destination, logical))
                    taken |= Accept(i, vector, level);
            }
        }

        if (!taken)
            NotTaken++;

        return taken;
    }

    private bool Accept(int vcpu, byte vector, bool level)
    {
        if (!_apics[vcpu].Accept(vector, level))
            return false;

        Flush(vcpu);
        return true;
    }

    private void SendPin(int pin)
    {
        var entry = _ioApic.EntryOf(pin);
        var mode = RedirectionEntry.DeliveryOf(entry);
        if (mode is not (LocalApicSpec.DeliveryFixed or LocalApicSpec.DeliveryLowestPriority))
        {
            NotTaken++;
            return;
        }

        var level = RedirectionEntry.IsLevel(entry);
        if (Send(RedirectionEntry.VectorOf(entry), RedirectionEntry.DestinationOf(entry), RedirectionEntry.IsLogical(entry), mode == LocalApicSpec.DeliveryLowestPriority, level) && level)
            _ioApic.Taken(pin);
    }

    private void SendDuePins()
    {
        for (var pin = 0; pin < PlatformSpec.IoApicPins; pin++)
        {
            if (_ioApic.IsDue(pin))
                SendPin(pin);
        }
    }

    private void Repeat(int vcpu, InterruptOffers offers)
    {
        for (var lane = offers.Next(0, out var sequence, out var vector); lane >= 0; lane = offers.Next(lane + 1, out sequence, out vector))
        {
            RepeatedOffers++;
            _sink.Deliver(vcpu, sequence, vector);
        }
    }

    private void Offer(int vcpu, byte vector) => _sink.Deliver(vcpu, (_apics[vcpu].Offers ??= new InterruptOffers()).Offer(vector), vector);

    /// <summary>
    /// Offers the PIC's line. In automatic-EOI mode a level line asks again as soon as it was taken: once per occasion is enough, so that isn't one.
    /// </summary>
    private void PumpPic(int except = -1)
    {
        if (_externalLine >= 0)
            return;

        var line = _pic.Pending;
        if (line < 0 || line == except || !_apics[0].TakesExternal || !_sink.TakesInterrupts(0) || _apics[0].Offers?.IsBusy(_pic.VectorOf(line)) == true)
            return;

        _externalLine = line;
        _externalVector = _pic.Offer(line);
        Offer(0, _externalVector);
    }

    /// <summary>A vCPU begins to take interrupts: what waited for it comes.</summary>
    public void Started(int vcpu)
    {
        Flush(vcpu);
        if (vcpu == 0)
            PumpPic();
    }

    private void WriteApic(int vcpu, int register, uint value)
    {
        var apic = _apics[vcpu];
        switch (apic.Write(register, value, out var ended))
        {
            case LocalApicEffect.LevelEnded:
                _ioApic.End(ended);
                SendDuePins();
                break;
            case LocalApicEffect.Command:
                Command(vcpu);
                break;
            case LocalApicEffect.Enable:
                SendDuePins();
                break;
            case LocalApicEffect.Lint0:
                PumpPic();
                break;
            default:
                break;
        }

        Flush(vcpu);
    }

    /// <summary>Sends the interprocessor interrupt in a vCPU's ICR. NMI and SMI are ignored.</summary>
    private void Command(int sender)
    {
        var apic = _apics[sender];
        var command = apic.CommandLow;
        var vector = (byte)command;
        var mode = (int)(command >> 8) & 7;
        var shorthand = (command >> 18) & 3;
        var logical = (command & LocalApicSpec.CommandLogical) != 0;
        if (mode is LocalApicSpec.DeliveryFixed or LocalApicSpec.DeliveryLowestPriority && vector < LocalApicSpec.FirstVector)
        {
            apic.RefuseToSend();
            return;
        }

        if (mode == LocalApicSpec.DeliveryLowestPriority && shorthand == 0)
        {
            Send(vector, apic.CommandDestination, logical, lowestPriority: true, level: false);
            return;
        }

        for (var i = 0; i < _apics.Length; i++)
        {
            var addressed = shorthand switch
            {
                0 => _apics[i].IsDestination(apic.CommandDestination, logical),
                1 => i == sender,
                2 => true,
                _ => i != sender,
            };
            if (addressed)
                CommandTo(i, mode, vector, command);
        }
    }

    private void CommandTo(int vcpu, int mode, byte vector, uint command)
    {
        switch (mode)
        {
            case LocalApicSpec.DeliveryFixed:
            case LocalApicSpec.DeliveryLowestPriority:
                if (!Accept(vcpu, vector, level: false))
                    NotTaken++;
                break;
            case LocalApicSpec.DeliveryInit:
                // The de-assert that old software sends is without effect on later processors.
                if ((command & LocalApicSpec.CommandLevel) != 0 && (command & LocalApicSpec.CommandAssert) == 0)
                    break;
                if (_sink.Initialize(vcpu))
                    _apics[vcpu].Reset();
                break;
            case LocalApicSpec.DeliveryStartup:
                _sink.StartUp(vcpu, vector);
                break;
            default:
                break;
        }
    }

    private readonly record struct LineOrigin(ulong Source, ulong Sequence);

    private sealed class LocalApicPage(InterruptController controller) : IMmioHandler
    {
        public string Name => "vlapic";

        public EmulationResult Read(int vcpu, ulong offset, int size, out ulong value)
        {
            value = size == 4 ? controller._apics[vcpu].Read((int)offset) : 0;
            return EmulationResult.Done;
        }

        public EmulationResult Write(int vcpu, ulong offset, int size, ulong value)
        {
            if (size == 4)
                controller.WriteApic(vcpu, (int)offset, (uint)value);

            return EmulationResult.Done;
        }
    }

    private sealed class IoApicPage(InterruptController controller) : IMmioHandler
    {
        public string Name => "vioapic";

        public EmulationResult Read(int vcpu, ulong offset, int size, out ulong value) => controller._ioApic.Read(offset, size, out value);

        public EmulationResult Write(int vcpu, ulong offset, int size, ulong value)
        {
            var result = controller._ioApic.Write(offset, size, value, out var pin);
            if (pin >= 0 && controller._ioApic.IsDue(pin))
                controller.SendPin(pin);

            return result;
        }
    }
}
