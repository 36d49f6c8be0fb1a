using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// A virtio device on PCI (virtio 1.2 clause 4.1): status and feature negotiation, queues, interrupts, doorbells. Legacy: I/O BAR 0 only, revision 0. Modern: memory BAR 4
/// with capabilities, device id 0x1040 + type. Transitional: both, and the driver's first status write decides which rules hold until reset. MSI-X is in BAR 1, one
/// vector a queue and one for configuration. Ring features offered: INDIRECT_DESC, EVENT_IDX; modern VERSION_1 and RING_RESET; legacy ANY_LAYOUT and
/// NOTIFY_ON_EMPTY. Not supported: packed rings, NOTIFICATION_DATA, shared memory, administration queues, notification in I/O space. What a hostile guest gets is in
/// docs/behaviour.md, rows 1-33.
/// </summary>
internal sealed partial class VirtioPciFunction : PciFunction, IVirtioHost
{
    /// <summary>Most queues: what the notification region has room for.</summary>
    public const int MaxQueues = RegionSize / VirtioPciSpec.NotifyMultiplier;

    private const int RegionSize = 0x1000;
    private const int LegacyIds = 0x1000;
    private const byte Begun = VirtioSpec.StatusAcknowledge | VirtioSpec.StatusDriver;
    private const byte Dead = VirtioSpec.StatusNeedsReset | VirtioSpec.StatusFailed;
    private const ulong RingFeatures = VirtioSpec.FeatureIndirectDescriptors | VirtioSpec.FeatureEventIndex;

    private readonly IVirtioDevice _device;
    private readonly IGuestMemory _memory;
    private readonly IVirtioPciHost _host;
    private readonly bool _usesDoorbells;
    private readonly VmId _vm;
    private readonly DeviceModelParts _parts;
    private readonly ulong _modernFeatures;
    private readonly ulong _legacyFeatures;
    private readonly Virtqueue[] _queues;
    private readonly QueueRegisters[] _registers;

    private ulong _driverFeatures;
    private uint _deviceFeatureSelect;
    private uint _driverFeatureSelect;
    private ushort _queueSelect;
    private ushort _configVector = VirtioPciSpec.NoVector;
    private byte _status;
    private byte _isr;
    private byte _generation;
    private Session _session;
    private bool _featuresWritten;
    private bool _acceptsUnknownFeatures;
    private bool _wasBusMaster;

    /// <summary>Makes the function. BARs are to be assigned, then <see cref="PciFunction.PowerOn"/>.</summary>
    /// <param name="device">What is behind the transport.</param>
    /// <param name="kind">Which interfaces are offered.</param>
    /// <param name="memory">The guest's RAM.</param>
    /// <param name="host">Where effects go.</param>
    /// <param name="interrupt">The INTx pin and its global system interrupt.</param>
    /// <param name="usesDoorbells">False: no doorbell is registered, every kick is a register write.</param>
    /// <param name="vm">The machine that it belongs to, for <paramref name="parts"/>.</param>
    /// <param name="parts">Null but in a simulated world.</param>
    public VirtioPciFunction(
        IVirtioDevice device, VirtioTransportKind kind, IGuestMemory memory, IVirtioPciHost host, PciInterrupt interrupt, bool usesDoorbells, VmId vm = default, DeviceModelParts? parts = null)
        : base(host, IdentityOf(device, kind), interrupt)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(device.QueueCount, MaxQueues);
        _device = device;
        _memory = memory;
        _host = host;
        _usesDoorbells = usesDoorbells;
        _vm = vm;
        _parts = parts ?? DeviceModelParts.Standard;
        _modernFeatures = device.Features | RingFeatures | VirtioSpec.FeatureVersion1 | VirtioSpec.FeatureRingReset;
        _legacyFeatures = (uint)(device.Features | RingFeatures | VirtioSpec.FeatureAnyLayout | VirtioSpec.FeatureNotifyOnEmpty);
        _queues = new Virtqueue[device.QueueCount];
        _registers = new QueueRegisters[device.QueueCount];
        for (var i = 0; i < _queues.Length; i++)
        {
            _queues[i] = _parts.MakeQueue(i);
            _registers[i].Vector = VirtioPciSpec.NoVector;
        }

        if (kind != VirtioTransportKind.Modern)
            DefineBar(VirtioPciSpec.LegacyBar, PciBarKind.Io, (uint)(VirtioPciSpec.LegacyDeviceConfigMsix + device.ConfigLength));
        DefineMsix(VirtioPciSpec.MsixBar, device.QueueCount + 1);
        if (kind != VirtioTransportKind.Legacy)
        {
            DefineBar(VirtioPciSpec.ModernBar, PciBarKind.Memory64, VirtioPciSpec.ModernBarSize);
            DefineCapabilities();
        }
    }

    /// <summary>Device status as the driver reads it.</summary>
    public byte Status => _status;

    /// <inheritdoc/>
    public ulong NegotiatedFeatures => _driverFeatures & OfferedFeatures;

    /// <inheritdoc/>
    public bool IsActive => (_status & (VirtioSpec.StatusDriverOk | Dead)) == VirtioSpec.StatusDriverOk && IsBusMaster;

    private ulong OfferedFeatures => _session == Session.Legacy ? _legacyFeatures : _modernFeatures;

    private bool IsBroken => (_status & VirtioSpec.StatusNeedsReset) != 0;

    /// <summary>Features that say which queues there are: those offered until the driver has said which it takes.</summary>
    private ulong FeaturesInEffect
    {
        get
        {
            var said = _session == Session.Modern ? (_status & VirtioSpec.StatusFeaturesOk) != 0 : _featuresWritten || (_status & VirtioSpec.StatusDriverOk) != 0;
            return said ? NegotiatedFeatures : OfferedFeatures;
        }
    }

    /// <inheritdoc/>
    public Virtqueue Queue(int index) => _queues[index];

    /// <inheritdoc/>
    public void SignalUsed(Virtqueue queue)
    {
        if (IsActive && queue.NeedsInterrupt())
            Interrupt(_registers[queue.Index].Vector, VirtioPciSpec.IsrQueue);
    }

    /// <inheritdoc/>
    public void SignalConfigChange()
    {
        MarkChanged();
        _generation++;
        if ((_status & (VirtioSpec.StatusDriverOk | Dead)) == VirtioSpec.StatusDriverOk)
            Interrupt(_configVector, VirtioPciSpec.IsrConfig);
    }

    /// <inheritdoc/>
    public void Fail(GuestFault fault)
    {
        if (IsBroken)
            return;
        Count(fault);
        Break();
    }

    /// <summary>The device is out of use until it is reset, whoever is to blame: NEEDS_RESET, all queues stop, configuration interrupt if DRIVER_OK (virtio 1.2 clause 2.1.2).</summary>
    public void Break()
    {
        if (IsBroken)
            return;
        MarkChanged();
        _status |= VirtioSpec.StatusNeedsReset;
        foreach (var queue in _queues)
            queue.Reset();
        UpdateDoorbells();
        if ((_status & VirtioSpec.StatusDriverOk) != 0)
            Interrupt(_configVector, VirtioPciSpec.IsrConfig);
    }

    /// <summary>A doorbell's signal came: a kick without a register. One that comes late, when the queue is gone, means nothing.</summary>
    public void Doorbell(int queue)
    {
        if ((uint)queue < (uint)_queues.Length && IsActive && _queues[queue].IsReady && !_queues[queue].AskForChains())
            _device.Notify(queue);
    }

    /// <summary>What a kick asked for is here: the queue's ring is on another node.</summary>
    /// <param name="queue">Which.</param>
    /// <param name="isNews">There are chains, or bytes of one. Else only what was used is known to be with the guest.</param>
    public void Revisit(int queue, bool isNews)
    {
        if (!IsActive || !_queues[queue].IsReady)
            return;
        SignalUsed(_queues[queue]);
        if (isNews)
            _device.Notify(queue);
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        ResetDevice();
        Faults.BeginMachineEpoch();
        base.Reset();
    }

    /// <inheritdoc/>
    protected override uint ReadBar(int index, uint offset, int size) =>
        index == VirtioPciSpec.LegacyBar ? ReadLegacy(offset, size) : ReadModern(offset, size);

    /// <inheritdoc/>
    protected override void WriteBar(int index, uint offset, int size, uint value)
    {
        if (index == VirtioPciSpec.LegacyBar)
            WriteLegacy(offset, size, value);
        else
            WriteModern(offset, size, value);
    }

    /// <inheritdoc/>
    protected override void DecodeChanged()
    {
        UpdateDoorbells();
        var returned = IsBusMaster && !_wasBusMaster;
        _wasBusMaster = IsBusMaster;
        if (!returned || !IsActive)
            return;

        // Kicks were ignored and interrupts not asked for meanwhile.
        foreach (var queue in _queues)
            SignalUsed(queue);
        Activate();
    }

    private static PciIdentity IdentityOf(IVirtioDevice device, VirtioTransportKind kind)
    {
        // A transitional device's id comes from a table (0x1000 network, 0x1001 block, 0x1003 console ...), of which only the console is here so far.
        var modern = kind == VirtioTransportKind.Modern;
        var id = modern ? VirtioSpec.ModernDeviceIdBase + device.DeviceType : LegacyIds + device.DeviceType;
        return new PciIdentity(VirtioSpec.PciVendor, (ushort)id, (byte)(modern ? 1 : 0), device.ClassCode, VirtioSpec.PciVendor, device.DeviceType);
    }

    private void Interrupt(ushort vector, byte isr)
    {
        if (IsMsixEnabled)
        {
            Msix!.Raise(vector);
            return;
        }

        _isr |= isr;
        AssertIntx();
    }

    private byte ReadIsr()
    {
        var isr = _isr;
        if (isr == 0 && Intx == IntxState.Idle)
            return 0;
        _isr = 0;
        DeassertIntx();
        return isr;
    }

    private void WriteStatus(byte value, Session session)
    {
        MarkChanged();
        if (value == 0)
        {
            ResetDevice();
            return;
        }

        if (_session == Session.None)
            _session = session;
        var legacy = _session == Session.Legacy;

        // Bits are only ever added; a driver that gave up can only reset.
        var wanted = (_status & VirtioSpec.StatusFailed) != 0 ? 0 : value & ~_status;
        var before = _status;
        _status |= (byte)(wanted & (Begun | VirtioSpec.StatusFailed));
        var begun = (_status & Begun) == Begun && (_status & Dead) == 0;
        if ((wanted & VirtioSpec.StatusFeaturesOk) != 0 && !legacy)
        {
            if (begun && AreFeaturesAcceptable())
                _status |= VirtioSpec.StatusFeaturesOk;
            else
                Count(new GuestFault(GuestFaultKind.RegisterValue, Value: value));
        }

        if ((wanted & VirtioSpec.StatusDriverOk) != 0)
        {
            // FEATURES_OK must have been there before: a driver has to read it back.
            if (begun && (legacy || (before & VirtioSpec.StatusFeaturesOk) != 0))
                _status |= VirtioSpec.StatusDriverOk;
            else if (IsBereft)
                Interrupt(_configVector, VirtioPciSpec.IsrConfig);
            else
                Count(new GuestFault(GuestFaultKind.RegisterValue, Value: value));
        }

        UpdateDoorbells();
        if (IsActive && (before & VirtioSpec.StatusDriverOk) == 0)
            Activate();
    }

    private bool AreFeaturesAcceptable() =>
        !_acceptsUnknownFeatures && (_driverFeatures & ~_modernFeatures) == 0 && (_driverFeatures & VirtioSpec.FeatureVersion1) != 0;

    private void ResetDevice()
    {
        Epoch++;
        _status = 0;
        _session = Session.None;
        _driverFeatures = 0;
        _featuresWritten = false;
        _acceptsUnknownFeatures = false;
        _deviceFeatureSelect = 0;
        _driverFeatureSelect = 0;
        _queueSelect = 0;
        _configVector = VirtioPciSpec.NoVector;
        _isr = 0;
        DeassertIntx();
        Msix!.ClearPending();
        for (var i = 0; i < _queues.Length; i++)
        {
            _queues[i].Reset();
            _registers[i].Clear();
            _registers[i].Vector = VirtioPciSpec.NoVector;
        }

        UpdateDoorbells();
        _device.Reset();
        Faults.BeginEpoch();
    }

    private void ResetQueue(int index)
    {
        _queues[index].Reset();
        _registers[index].Clear();
        UpdateDoorbells();
        _device.QueueReset(index);
    }

    private int QueueSizeOf(int index) => _device.QueueSizeOf(index, FeaturesInEffect);

    /// <summary>Sets a queue up. Refused, the queue stays as it was; refused after DRIVER_OK, the device is broken.</summary>
    private bool TryEnableQueue(int index, int size, ulong descriptors, ulong available, ulong used)
    {
        var ring = new VirtqueueState(true, size, descriptors, available, used, 0, 0, NegotiatedFeatures);
        if (!_queues[index].TryEnable(MemoryOf(index, ring, isRestored: false), size, descriptors, available, used, NegotiatedFeatures))
        {
            var fault = new GuestFault(GuestFaultKind.RingOutsideRam, index, descriptors);
            if ((_status & VirtioSpec.StatusDriverOk) != 0)
                Fail(fault);
            else
                Count(fault);
            return false;
        }

        _registers[index].IsEnabled = true;
        return true;
    }

    private IGuestMemory MemoryOf(int index, in VirtqueueState ring, bool isRestored) =>
        _memory is RemoteGuestMemory remote ? remote.WindowOf(index, ring) : _parts.MemoryOf(_vm, index, _memory, ring, isRestored);

    /// <summary>The device begins, or begins again: what its driver made available meanwhile has had no kick that counted.</summary>
    private void Activate()
    {
        foreach (var queue in _queues)
            queue.AskForChains();
        _device.Activate(this);
    }

    private void AnnounceLateQueue()
    {
        if (!IsActive)
            return;
        UpdateDoorbells();
        Activate();
    }

    private void Kick(uint queue)
    {
        if (queue < (uint)_queues.Length && IsActive && _queues[queue].IsReady)
        {
            if (!_queues[queue].AskForChains())
                _device.Notify((int)queue);
            return;
        }

        Count(new GuestFault(GuestFaultKind.SpuriousKick, (int)Math.Min(queue, int.MaxValue), queue));
        if (queue < (uint)_queues.Length && !_queues[queue].IsReady)
            _parts.KickedEarly(_vm, (int)queue, _memory);
    }

    /// <summary>What a driver reads back when it asked for this vector (clause 4.1.5.1.2.1).</summary>
    private ushort EffectiveVector(uint vector) => vector < (uint)Msix!.Vectors ? (ushort)vector : VirtioPciSpec.NoVector;

    private bool IsConfigRange(uint offset, int size) => (ulong)offset + (uint)size <= (uint)_device.ConfigLength;

    private uint ReadConfig(uint offset, int size)
    {
        Span<byte> bytes = stackalloc byte[4];
        bytes.Clear();
        _device.ReadConfig((int)offset, bytes[..size]);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private void WriteConfig(uint offset, int size, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _device.WriteConfig((int)offset, bytes[..size]);
    }

    /// <summary>Makes the registered doorbells what they should be now: those of ready queues of an active device, where their register decodes.</summary>
    private void UpdateDoorbells()
    {
        if (!_usesDoorbells)
            return;
        var legacy = _session == Session.Legacy;
        var mapped = TryGetMapping(legacy ? VirtioPciSpec.LegacyBar : VirtioPciSpec.ModernBar, out var bar) && IsActive;
        for (var i = 0; i < _registers.Length; i++)
        {
            ref var registers = ref _registers[i];
            var address = !mapped || !_queues[i].IsReady ? 0
                : legacy ? bar + VirtioPciSpec.LegacyQueueNotify
                : bar + VirtioPciSpec.NotifyOffset + ((ulong)(uint)i * VirtioPciSpec.NotifyMultiplier);
            if (registers.Doorbell == address)
                continue;
            if (registers.Doorbell != 0)
                _host.Deassign(i);
            registers.Doorbell = address;
            if (address == 0)
                continue;
            if (legacy)
                _host.Assign(i, pio: true, address, length: 2, dataMatch: true, (ulong)(uint)i);
            else
                _host.Assign(i, pio: false, address, VirtioPciSpec.NotifyMultiplier, dataMatch: false, 0);
        }
    }

    private void Count(in GuestFault fault)
    {
        if (Faults.Add(fault))
            _host.Report(fault);
    }

    private uint Refused(uint offset, int size)
    {
        Count(new GuestFault(GuestFaultKind.RegisterAccess, Value: offset));
        return (uint)IoAccess.OnesOf(size);
    }

    private enum Session : byte
    {
        /// <summary>Status is 0: the driver has not shown which interface it uses.</summary>
        None,

        /// <summary>Through I/O BAR 0.</summary>
        Legacy,

        /// <summary>Through memory BAR 4.</summary>
        Modern,
    }

    private struct QueueRegisters
    {
        public ulong Descriptors;
        public ulong Available;
        public ulong Used;

        /// <summary>Address of the registered doorbell, or 0.</summary>
        public ulong Doorbell;

        /// <summary>Legacy page frame number.</summary>
        public uint Page;

        /// <summary>Size that the driver chose; 0: as offered.</summary>
        public ushort Size;

        public ushort Vector;
        public bool IsEnabled;

        /// <summary>Everything but the doorbell, which is told to go, and the vector.</summary>
        public void Clear()
        {
            Descriptors = 0;
            Available = 0;
            Used = 0;
            Page = 0;
            Size = 0;
            IsEnabled = false;
        }
    }
}
