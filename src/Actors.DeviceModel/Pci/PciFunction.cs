using System.Buffers.Binary;
using System.Numerics;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// What every PCI function has: configuration space with the masks that PCI gives it, BARs that decode, move and size, INTx, and MSI-X. Total: any access has an
/// answer, and no register but those named writable ever changes. Not supported: power management, expansion ROM, MSI, a second bus.
/// Differences from ACRN's PCI core are in docs/differences.md.
/// </summary>
internal abstract partial class PciFunction
{
    private const int FirstCapability = 0x40;
    private const int CacheLineSize = 0x0C;
    private const int LatencyTimer = 0x0D;
    // As ACRN leaves it: decoding without any action of the guest.
    private const ushort PowerOnCommand = PciSpec.CommandIo | PciSpec.CommandMemory | PciSpec.CommandBusMaster;
    private const uint SizingValue = 0xFFFF_FFFF;

    private readonly IPciFunctionHost _host;
    private readonly byte[] _config = new byte[PciSpec.ConfigSize];
    private readonly Bar[] _bars = new Bar[PciSpec.Bars];
    private readonly byte _interruptLine;
    private IntxLine _intx;
    private int _msixCapability;
    private int _msixBar = -1;
    private int _lastCapability;
    private int _freeCapability = FirstCapability;

    /// <summary>Makes the function; it decodes nothing before <see cref="PowerOn"/>.</summary>
    protected PciFunction(IPciFunctionHost host, in PciIdentity identity, PciInterrupt interrupt)
    {
        _host = host;
        _interruptLine = (byte)interrupt.Gsi;
        Put16(PciSpec.VendorId, identity.Vendor);
        Put16(PciSpec.DeviceId, identity.Device);
        _config[PciSpec.Revision] = identity.Revision;
        _config[PciSpec.ClassCode] = (byte)identity.ClassCode;
        _config[PciSpec.ClassCode + 1] = (byte)(identity.ClassCode >> 8);
        _config[PciSpec.ClassCode + 2] = (byte)(identity.ClassCode >> 16);
        Put16(PciSpec.SubsystemVendorId, identity.SubsystemVendor);
        Put16(PciSpec.SubsystemId, identity.Subsystem);
        _config[PciSpec.InterruptPin] = interrupt.Pin;
    }

    /// <summary>The function's epoch: rises with each reset that its driver can ask for. What belongs to an earlier one is dropped.</summary>
    public uint Epoch { get; protected set; } = 1;

    /// <summary>What the guest did wrong with its registers, counted.</summary>
    public GuestFaultLedger Faults { get; } = new();

    /// <summary>MSI-X, when the function has it.</summary>
    internal MsixTable? Msix { get; private set; }

    /// <summary>MSI-X is enabled, so INTx is not used.</summary>
    public bool IsMsixEnabled => Msix is { IsEnabled: true };

    /// <summary>The function may touch RAM and send messages.</summary>
    public bool IsBusMaster => (Command & PciSpec.CommandBusMaster) != 0;

    /// <summary>State of the INTx pin.</summary>
    public IntxState Intx => _intx.State;

    private ushort Command => Get16(PciSpec.Command);

    /// <summary>Gives every BAR its first address.</summary>
    /// <exception cref="PciSetupException">A window is full.</exception>
    public void AssignBars(PciBarAllocator allocator)
    {
        for (var i = 0; i < _bars.Length; i++)
        {
            if (_bars[i].Kind is not (PciBarKind.None or PciBarKind.Memory64High))
                _bars[i].Assigned = allocator.Allocate(_bars[i].Kind, _bars[i].Size);
        }
    }

    /// <summary>Begins to decode, with BARs where they were assigned: a guest needs no firmware.</summary>
    public void PowerOn()
    {
        MarkChanged();
        SetRegisters(PowerOnCommand);
        UpdateMessageState();
        UpdateBars();
    }

    /// <summary>
    /// The machine's reset: the pin is released and nothing is decoded until <see cref="PowerOn"/>. In two steps, since a BAR can only return to its place when
    /// every other function has left it.
    /// </summary>
    public virtual void Reset()
    {
        MarkChanged();
        DeassertIntx();
        Msix?.Reset();
        SetRegisters(command: 0);
        UpdateMessageState();
        UpdateBars();
    }

    /// <summary>Says that a BAR could not be mapped after all. It is inert until it is moved; nothing happens when it is elsewhere by now.</summary>
    public void RefuseBar(int index, ulong address)
    {
        ref var bar = ref _bars[index];
        if (bar.State != BarState.Mapped || bar.At != address)
            return;
        MarkChanged();
        bar.State = BarState.Refused;
        DecodeChanged();
    }

    /// <summary>Where a BAR decodes now.</summary>
    public bool TryGetMapping(int index, out ulong address)
    {
        address = _bars[index].At;
        return _bars[index].State == BarState.Mapped;
    }

    /// <summary>Kind of a BAR.</summary>
    public PciBarKind KindOf(int index) => _bars[index].Kind;

    /// <summary>Bytes of a BAR.</summary>
    public ulong SizeOf(int index) => _bars[index].Size;

    /// <summary>Sizes 1, 2 and 4, naturally aligned, within 4096 bytes; anything else reads as ones and writes nothing.</summary>
    public static bool IsConfigAccess(int register, int size) =>
        size is 1 or 2 or 4 && (uint)register < PciSpec.ExtendedConfigSize && (register & (size - 1)) == 0;

    /// <summary>Reads configuration space.</summary>
    public uint ConfigRead(int register, int size)
    {
        var ones = (uint)IoAccess.OnesOf(Math.Clamp(size, 0, 4));
        if (!IsConfigAccess(register, size))
            return ones;
        if (register >= PciSpec.ConfigSize)
            return register < PciSpec.ConfigSize + 4 ? 0 : ones;
        if (TryReadCapability(register, size, out var value))
            return value & ones;

        value = Get32(register & ~3);
        if ((register & ~3) == PciSpec.Command && _intx.IsRequested)
            value |= (uint)PciSpec.StatusInterrupt << 16;
        return (value >> ((register & 3) * 8)) & ones;
    }

    /// <summary>Writes configuration space.</summary>
    public void ConfigWrite(int register, int size, uint value)
    {
        if (!IsConfigAccess(register, size) || register >= PciSpec.ConfigSize)
            return;
        MarkChanged();
        if (register is >= PciSpec.Bar0 and < PciSpec.Bar0 + (PciSpec.Bars * 4))
        {
            // A BAR takes whole registers only: a part of an address is no address.
            if (size == 4)
                WriteBarRegister((register - PciSpec.Bar0) / 4, value);
            return;
        }

        for (var i = 0; i < size; i++)
        {
            var mask = WritableBits(register + i);
            ref var at = ref _config[register + i];
            at = (byte)((at & ~mask) | ((byte)(value >> (i * 8)) & mask));
        }

        if (register <= PciSpec.Command + 1 && register + size > PciSpec.Command)
        {
            UpdateMessageState();
            UpdateBars();
        }
        else if (_msixCapability != 0 && register < _msixCapability + 4 && register + size > _msixCapability + PciSpec.MsixControl)
        {
            UpdateMessageState();
        }

        ConfigWritten(register, size, value);
    }

    /// <summary>Reads a BAR. Whatever isn't there, or isn't wholly inside, reads as ones.</summary>
    public ulong BarRead(int index, ulong offset, int size)
    {
        if (!IsBarAccess(index, offset, size))
            return IoAccess.OnesOf(Math.Max(size, 1));
        if (size == 8)
        {
            return TakesQuad(index, (uint)offset)
                ? Read(index, (uint)offset, 4) | (Read(index, (uint)offset + 4, 4) << 32)
                : ulong.MaxValue;
        }

        return Read(index, (uint)offset, size) & IoAccess.OnesOf(size);
    }

    /// <summary>Writes a BAR. 8 bytes are written as two halves, low first.</summary>
    public void BarWrite(int index, ulong offset, int size, ulong value)
    {
        if (!IsBarAccess(index, offset, size))
            return;
        if (size < 8)
        {
            Write(index, (uint)offset, size, (uint)(value & IoAccess.OnesOf(size)));
        }
        else if (TakesQuad(index, (uint)offset))
        {
            Write(index, (uint)offset, 4, (uint)value);
            Write(index, (uint)offset + 4, 4, (uint)(value >> 32));
        }
    }

    /// <summary>Reads 1, 2 or 4 bytes of a BAR that is not MSI-X's.</summary>
    protected abstract uint ReadBar(int index, uint offset, int size);

    /// <summary>Writes 1, 2 or 4 bytes of a BAR that is not MSI-X's.</summary>
    protected abstract void WriteBar(int index, uint offset, int size, uint value);

    /// <summary>Says whether 8 bytes may be accessed there, as two halves.</summary>
    protected virtual bool TakesQuad(int index, uint offset) => true;

    /// <summary>Serves a read of a capability register that isn't plain memory.</summary>
    protected virtual bool TryReadCapability(int register, int size, out uint value)
    {
        value = 0;
        return false;
    }

    /// <summary>The bits of a configuration byte that a guest may change.</summary>
    protected virtual byte WritableBits(int register)
    {
        if (_msixCapability != 0 && register == _msixCapability + PciSpec.MsixControl + 1)
            return (PciSpec.MsixFunctionMask | PciSpec.MsixEnable) >> 8;
        return register switch
        {
            PciSpec.Command => PciSpec.CommandWritable & 0xFF,
            PciSpec.Command + 1 => PciSpec.CommandWritable >> 8,
            CacheLineSize or LatencyTimer or PciSpec.InterruptLine => 0xFF,
            _ => 0,
        };
    }

    /// <summary>A configuration write was taken (as far as it was writable).</summary>
    protected virtual void ConfigWritten(int register, int size, uint value)
    {
    }

    /// <summary>A BAR may decode elsewhere, or bus mastering may have changed.</summary>
    protected virtual void DecodeChanged()
    {
    }

    /// <summary>Gives the function a BAR. Sizes are rounded up to what PCI can express.</summary>
    protected void DefineBar(int index, PciBarKind kind, uint size)
    {
        _bars[index].Kind = kind;
        _bars[index].Size = BitOperations.RoundUpToPowerOf2(Math.Max(size, kind == PciBarKind.Io ? 4U : 16U));
        if (kind == PciBarKind.Memory64)
            _bars[index + 1].Kind = PciBarKind.Memory64High;
    }

    /// <summary>Gives the function MSI-X in a 32-bit memory BAR of its own.</summary>
    protected void DefineMsix(int index, int vectors)
    {
        Msix = new MsixTable(_host, vectors);
        _msixBar = index;
        DefineBar(index, PciBarKind.Memory32, (uint)Msix.BarSize);
        _msixCapability = AddCapability(PciSpec.CapabilityMsix, 12);
        Put16(_msixCapability + PciSpec.MsixControl, (ushort)(vectors - 1));
        Put32(_msixCapability + PciSpec.MsixTable, (uint)index);
        Put32(_msixCapability + PciSpec.MsixPba, (uint)(Msix.PbaOffset | index));
    }

    /// <summary>Adds a capability to the end of the list and gives its offset.</summary>
    protected int AddCapability(byte id, int length)
    {
        var at = _freeCapability;
        if (at + length > PciSpec.ConfigSize)
            throw new InvalidOperationException("The capabilities don't fit into configuration space.");
        _config[_lastCapability == 0 ? PciSpec.CapabilityPointer : _lastCapability + 1] = (byte)at;
        _config[PciSpec.Status] |= (byte)PciSpec.StatusCapabilities;
        _config[at] = id;
        _lastCapability = at;
        _freeCapability = (at + length + 3) & ~3;
        return at;
    }

    /// <summary>A configuration byte as it stands.</summary>
    protected byte Get8(int register) => _config[register];

    /// <summary>A configuration register as it stands.</summary>
    protected uint Get32(int register) => BinaryPrimitives.ReadUInt32LittleEndian(_config.AsSpan(register));

    /// <summary>Presets a configuration byte.</summary>
    protected void Put8(int register, byte value) => _config[register] = value;

    /// <summary>Presets a configuration register.</summary>
    protected void Put32(int register, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_config.AsSpan(register), value);

    /// <summary>Wants service by INTx.</summary>
    protected void AssertIntx()
    {
        MarkChanged();
        if (_intx.Assert())
            _host.SetIntx(asserted: true);
    }

    /// <summary>Was served.</summary>
    protected void DeassertIntx()
    {
        MarkChanged();
        if (_intx.Deassert())
            _host.SetIntx(asserted: false);
    }

    private static uint AddressMask(in Bar bar) => (uint)~(bar.Size - 1) & (bar.Kind == PciBarKind.Io ? 0xFFFCU : 0xFFFF_FFF0U);

    private static uint TypeBits(in Bar bar) => bar.Kind switch
    {
        PciBarKind.Io => PciSpec.BarIo,
        PciBarKind.Memory64 => PciSpec.BarMemory64,
        _ => 0,
    };

    private bool IsBarAccess(int index, ulong offset, int size) =>
        (uint)index < PciSpec.Bars && size is 1 or 2 or 4 or 8
        && _bars[index].Size is var length && offset < length && (uint)size <= length - offset
        && (size < 8 || _bars[index].Kind != PciBarKind.Io);

    private ulong Read(int index, uint offset, int size)
    {
        if (index != _msixBar)
            return ReadBar(index, offset, size);
        return size == 4 ? Msix!.Read((int)offset) : ulong.MaxValue;
    }

    private void Write(int index, uint offset, int size, uint value)
    {
        if (index != _msixBar)
            WriteBar(index, offset, size, value);
        else if (size == 4)
            Msix!.Write((int)offset, value);
    }

    private void SetRegisters(ushort command)
    {
        Put16(PciSpec.Command, command);
        _config[CacheLineSize] = 0;
        _config[LatencyTimer] = 0;
        _config[PciSpec.InterruptLine] = _interruptLine;
        if (_msixCapability != 0)
            Put16(_msixCapability + PciSpec.MsixControl, (ushort)(Msix!.Vectors - 1));
        for (var i = 0; i < _bars.Length; i++)
        {
            ref var bar = ref _bars[i];
            bar.IsSizing = false;
            if (bar.Kind is PciBarKind.None or PciBarKind.Memory64High)
                continue;
            Put32(PciSpec.Bar0 + (4 * i), ((uint)bar.Assigned & AddressMask(bar)) | TypeBits(bar));
            if (bar.Kind == PciBarKind.Memory64)
            {
                Put32(PciSpec.Bar0 + (4 * i) + 4, (uint)(bar.Assigned >> 32));
                _bars[i + 1].IsSizing = false;
            }
        }
    }

    private void WriteBarRegister(int index, uint value)
    {
        ref var bar = ref _bars[index];
        if (bar.Kind == PciBarKind.None)
            return;
        bar.IsSizing = value == SizingValue;
        if (bar.Kind == PciBarKind.Memory64High)
        {
            Put32(PciSpec.Bar0 + (4 * index), value);
            index--;
        }
        else
        {
            Put32(PciSpec.Bar0 + (4 * index), (value & AddressMask(bar)) | TypeBits(bar));
        }

        if (UpdateBar(index))
            DecodeChanged();
    }

    private ulong AddressOf(int index)
    {
        ulong address = Get32(PciSpec.Bar0 + (4 * index)) & AddressMask(_bars[index]);
        return _bars[index].Kind == PciBarKind.Memory64 ? address | ((ulong)Get32(PciSpec.Bar0 + (4 * index) + 4) << 32) : address;
    }

    private void UpdateBars()
    {
        // First everything that goes, then what comes: BARs may have changed places.
        for (var i = 0; i < _bars.Length; i++)
        {
            if (!IsDecoded(i) || (_bars[i].State != BarState.Off && _bars[i].At != AddressOf(i) && !IsSizing(i)))
                Unmap(i);
        }

        for (var i = 0; i < _bars.Length; i++)
            UpdateBar(i);
        DecodeChanged();
    }

    private bool IsDecoded(int index) => _bars[index].Kind switch
    {
        PciBarKind.Io => (Command & PciSpec.CommandIo) != 0,
        PciBarKind.Memory32 or PciBarKind.Memory64 => (Command & PciSpec.CommandMemory) != 0,
        _ => false,
    };

    private bool IsSizing(int index) => _bars[index].IsSizing || (_bars[index].Kind == PciBarKind.Memory64 && _bars[index + 1].IsSizing);

    /// <summary>Makes a BAR decode where its register says. A sized one keeps decoding where it was until it gets an address again. True when something changed.</summary>
    private bool UpdateBar(int index)
    {
        ref var bar = ref _bars[index];
        if (!IsDecoded(index))
            return Unmap(index);
        var address = AddressOf(index);
        if (IsSizing(index) || (bar.State != BarState.Off && bar.At == address))
            return false;
        var changed = Unmap(index);

        // Address 0 is what software writes into a BAR that it gives no place.
        if (address == 0)
            return changed;
        bar.At = address;
        bar.State = _host.MapBar(index, bar.Kind, address, bar.Size) ? BarState.Mapped : BarState.Refused;
        return true;
    }

    private bool Unmap(int index)
    {
        ref var bar = ref _bars[index];
        var before = bar.State;
        bar.State = BarState.Off;
        if (before == BarState.Mapped)
            _host.UnmapBar(index, bar.Kind, bar.At, bar.Size);
        return before != BarState.Off;
    }

    private void UpdateMessageState()
    {
        var control = _msixCapability == 0 ? (ushort)0 : Get16(_msixCapability + PciSpec.MsixControl);
        var enabled = (control & PciSpec.MsixEnable) != 0;
        if (_intx.Permit(!enabled && (Command & PciSpec.CommandIntxDisable) == 0))
            _host.SetIntx(_intx.State == IntxState.Asserted);
        Msix?.Configure(enabled, (control & PciSpec.MsixFunctionMask) != 0, IsBusMaster);
    }

    private ushort Get16(int register) => BinaryPrimitives.ReadUInt16LittleEndian(_config.AsSpan(register));

    private void Put16(int register, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_config.AsSpan(register), value);

    private enum BarState : byte
    {
        /// <summary>Not decoding.</summary>
        Off,

        /// <summary>Decoding.</summary>
        Mapped,

        /// <summary>Would decode, but the place is taken.</summary>
        Refused,
    }

    private struct Bar
    {
        public ulong Size;
        public ulong Assigned;
        public ulong At;
        public PciBarKind Kind;
        public BarState State;
        public bool IsSizing;
    }
}
