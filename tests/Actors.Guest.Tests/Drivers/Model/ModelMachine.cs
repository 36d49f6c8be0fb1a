using Actors.Protocol;

namespace Actors.Guest.Tests;

/// <summary>
/// A machine around guests under test: it steps their engines in turn, answers their accesses and delivers interrupts as a local and an
/// I/O APIC do. It stops at power-off, or when nobody can go on.
/// </summary>
internal sealed class ModelMachine
{
    private const int MaxSteps = 2_000_000;

    private readonly Func<int, GuestProgram> _programs;
    private readonly IVcpuEngine?[] _engines;
    private readonly ModelApic[] _apics;
    private readonly ulong[] _redirections = new ulong[PlatformSpec.IoApicPins];
    private readonly bool[] _lines = new bool[PlatformSpec.IoApicPins];
    private readonly bool[] _remoteIrr = new bool[PlatformSpec.IoApicPins];
    private uint _configAddress;
    private uint _ioApicSelect;
    private byte _rtcIndex;

    public ModelMachine(Func<int, GuestProgram> programs, int vcpus = 1, int memoryBytes = 8 << 20)
    {
        _programs = programs;
        Memory = new(memoryBytes);
        _engines = new IVcpuEngine?[vcpus];
        _apics = new ModelApic[vcpus];
        for (var i = 0; i < vcpus; i++)
            _apics[i] = new();
    }

    public ModelMachine(GuestProgram program, int memoryBytes = 8 << 20)
        : this(_ => program, 1, memoryBytes)
    {
    }

    public ModelMemory Memory { get; }

    public List<ModelFunction> Functions { get; } = [];

    public bool PoweredOff { get; private set; }

    public bool WasReset { get; private set; }

    public string? Fault { get; private set; }

    public int Exits { get; private set; }

    public List<string> Startups { get; } = [];

    /// <summary>Asked when every processor sleeps: true when it gave somebody something to do.</summary>
    public Func<bool>? WhenIdle { get; set; }

    public Func<IoAccess, ulong?>? Intercept { get; set; }

    /// <summary>Runs until power-off, reset, a fault, or until all sleep for good. True when it was power-off.</summary>
    public bool Run()
    {
        Start(0, 0);
        for (var step = 0; step < MaxSteps; step++)
        {
            var moved = false;
            for (var vcpu = 0; vcpu < _engines.Length; vcpu++)
                moved |= Step(vcpu);
            if (PoweredOff || WasReset || Fault is not null)
                return PoweredOff;
            foreach (var function in Functions)
                moved |= function.Pump();
            if (!moved && WhenIdle?.Invoke() != true)
                return false;
        }

        throw new InvalidOperationException("The machine doesn't come to rest.");
    }

    public void SendMsi(ulong address, uint data)
    {
        Assert.Equal(0xFEEUL, address >> 20);
        Raise((int)(address >> 12) & 0xFF, (byte)data);
    }

    public void SetLine(int gsi, bool asserted)
    {
        _lines[gsi] = asserted;
        EvaluateLine(gsi);
    }

    private void Start(int vcpu, byte vector)
    {
        var cpu = new GuestCpu(vcpu, _engines.Length, vector, (ulong)Memory.Bytes.Length, Memory);
        _engines[vcpu] = new ProgrammedEngine(_programs(vcpu), cpu);
        if (_apics[vcpu].InService.Count != 0)
            throw new InvalidOperationException("A processor starts with an interrupt in service.");
    }

    private bool Step(int vcpu)
    {
        if (_engines[vcpu] is not { } engine)
            return false;
        var stop = engine.Run();
        switch (stop.Kind)
        {
            case EngineStopKind.Exit:
                Exits++;
                engine.Complete(Execute(vcpu, stop.Access) & IoAccess.OnesOf(stop.Access.Size), IoOutcome.Completed);
                return true;
            case EngineStopKind.TimeSlice:
                return true;
            case EngineStopKind.Ended when stop.Fault is not null:
                Fault = stop.Fault;
                return false;
            default:
                return false;
        }
    }

    private ulong Execute(int vcpu, IoAccess access)
    {
        if (Intercept?.Invoke(access) is { } value)
            return value;
        return access.Type == IoRequestType.PortIo ? ExecutePort(access) : ExecuteMemory(vcpu, access);
    }

    private ulong ExecutePort(IoAccess access)
    {
        switch (access.Address)
        {
            case PlatformSpec.PciConfigAddressPort when access.Size == 4:
                if (access.IsWrite)
                    _configAddress = (uint)access.Value;
                return _configAddress;
            case >= PlatformSpec.PciConfigDataPort and < PlatformSpec.PciConfigDataPort + 4:
                if ((_configAddress & 0x8000_0000) == 0)
                    return access.AllOnes;
                var register = (int)(_configAddress & 0xFC) + (int)(access.Address & 3);
                return ExecuteConfig(Bdf.FromRequesterId((ushort)(_configAddress >> 8)), register, access);
            case PlatformSpec.Pm1aControlPort when access.IsWrite && access.Size == 2:
                PoweredOff = access.Value == PlatformSpec.PowerOffValue;
                return 0;
            case PlatformSpec.ResetControlPort when access.IsWrite && access.Size == 1:
                WasReset = (access.Value & 4) != 0;
                return 0;
            case PlatformSpec.RtcPort:
                _rtcIndex = (byte)access.Value;
                return 0;
            case PlatformSpec.RtcPort + 1:
                return _rtcIndex switch { 0 => 0x56, 2 => 0x34, 4 => 0x12, 7 => 0x31, 8 => 0x01, 9 => 0x26, 0x0B => 0x02, 0x32 => 0x20, _ => 0 };
        }

        return ExecuteBar(true, access);
    }

    private ulong ExecuteMemory(int vcpu, IoAccess access)
    {
        switch (access.Address & ~0xFFFUL)
        {
            case PlatformSpec.LocalApicBase:
                Assert.Equal(4, access.Size);
                return ExecuteLocalApic(vcpu, access);
            case PlatformSpec.IoApicBase:
                Assert.Equal(4, access.Size);
                return ExecuteIoApic(access);
            case >= PlatformSpec.EcamBase and < PlatformSpec.EcamBase + PlatformSpec.EcamSize:
                var offset = access.Address - PlatformSpec.EcamBase;
                return ExecuteConfig(PciConfigAddress.FunctionOf(offset), PciConfigAddress.RegisterOf(offset), access);
        }

        return ExecuteBar(false, access);
    }

    private ulong ExecuteConfig(Bdf bdf, int register, IoAccess access)
    {
        Assert.Equal(0, register % access.Size);
        if (Functions.Find(function => function.Function == bdf) is not { } found || register >= PciSpec.ConfigSize)
            return access.AllOnes;
        if (!access.IsWrite)
            return found.ReadConfig(register, access.Size);
        found.WriteConfig(register, access.Size, (uint)access.Value);
        return 0;
    }

    private ulong ExecuteBar(bool port, IoAccess access)
    {
        foreach (var function in Functions)
        {
            if (!function.TryHit(port, access.Address, out var bar, out var offset))
                continue;
            if (!access.IsWrite)
                return function.Read(bar, offset, access.Size);
            function.Write(bar, offset, access.Size, access.Value);
            return 0;
        }

        return access.AllOnes;
    }

    private ulong ExecuteLocalApic(int vcpu, IoAccess access)
    {
        var apic = _apics[vcpu];
        switch ((int)(access.Address & 0xFFF))
        {
            case 0x20:
                return (ulong)vcpu << 24;
            case 0xB0:
                EndOfInterrupt(vcpu);
                break;
            case 0xF0:
                apic.Enabled = (access.Value & 0x100) != 0;
                break;
            case 0x310:
                apic.CommandHigh = (uint)access.Value;
                break;
            case 0x300:
                Command((int)(apic.CommandHigh >> 24), (uint)access.Value);
                break;
        }

        return 0;
    }

    private void Command(int target, uint command)
    {
        switch ((command >> 8) & 7)
        {
            case 0:
                Raise(target, (byte)command);
                break;
            case 5:
                Startups.Add($"init {target}");
                break;
            case 6:
                Startups.Add($"startup {target} {command & 0xFF:x2}");
                if (_engines[target] is null)
                    Start(target, (byte)command);
                break;
            default:
                Assert.Fail($"delivery mode {command:x}");
                break;
        }
    }

    private ulong ExecuteIoApic(IoAccess access)
    {
        if ((access.Address & 0xFF) == 0)
        {
            _ioApicSelect = (uint)access.Value;
            return 0;
        }

        var pin = (int)(_ioApicSelect - 0x10) / 2;
        ref var entry = ref _redirections[pin];
        var shift = (_ioApicSelect & 1) == 0 ? 0 : 32;
        if (!access.IsWrite)
            return (uint)(entry >> shift);
        entry = (entry & ~(0xFFFF_FFFFUL << shift)) | (access.Value << shift);
        if (shift == 0)
            EvaluateLine(pin);
        return 0;
    }

    private void EvaluateLine(int pin)
    {
        var entry = _redirections[pin];
        if (!_lines[pin] || _remoteIrr[pin] || (entry & 0xFF) == 0 || (entry & (1 << 16)) != 0)
            return;
        Assert.NotEqual(0UL, entry & (1 << 13));
        Assert.NotEqual(0UL, entry & (1 << 15));
        _remoteIrr[pin] = true;
        Raise((int)(entry >> 56), (byte)entry);
    }

    private void Raise(int vcpu, byte vector)
    {
        Assert.True(_apics[vcpu].Enabled, "an interrupt for an APIC that is off");
        _apics[vcpu].Requested.Add(vector);
        Deliver(vcpu);
    }

    private void Deliver(int vcpu)
    {
        var apic = _apics[vcpu];
        if (apic.Requested.Count == 0)
            return;
        var vector = apic.Requested.Max;
        if (apic.InService.Count != 0 && vector >> 4 <= apic.InService.Max >> 4)
            return;
        apic.Requested.Remove(vector);
        apic.InService.Add(vector);
        _engines[vcpu]!.Interrupt(vector);
    }

    private void EndOfInterrupt(int vcpu)
    {
        var apic = _apics[vcpu];
        Assert.NotEmpty(apic.InService);
        var vector = apic.InService.Max;
        apic.InService.Remove(vector);
        for (var pin = 0; pin < _redirections.Length; pin++)
        {
            if (_remoteIrr[pin] && (byte)_redirections[pin] == vector)
            {
                _remoteIrr[pin] = false;
                EvaluateLine(pin);
            }
        }

        Deliver(vcpu);
    }

    private sealed class ModelApic
    {
        public bool Enabled { get; set; }

        public uint CommandHigh { get; set; }

        public SortedSet<byte> Requested { get; } = [];

        public SortedSet<byte> InService { get; } = [];
    }
}
