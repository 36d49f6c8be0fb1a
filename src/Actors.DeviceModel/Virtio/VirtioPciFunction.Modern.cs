using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>The modern interface in memory BAR 4 (virtio 1.2 clause 4.1.4) and its capabilities.</content>
internal sealed partial class VirtioPciFunction
{
    private const int CapabilityLength = 16;

    // Offset of the PCI_CFG capability; 0 without one.
    private int _window;

    /// <inheritdoc/>
    protected override bool TakesQuad(int index, uint offset) =>
        index != VirtioPciSpec.ModernBar || offset / RegionSize == VirtioPciSpec.DeviceOffset / RegionSize
        || offset is VirtioPciSpec.QueueDesc or VirtioPciSpec.QueueDriver or VirtioPciSpec.QueueDevice;

    /// <inheritdoc/>
    protected override byte WritableBits(int register) =>
        _window != 0 && (register == _window + VirtioPciSpec.CapBar || (register >= _window + VirtioPciSpec.CapOffset && register < _window + VirtioPciSpec.CapExtra))
            ? (byte)0xFF
            : base.WritableBits(register);

    /// <inheritdoc/>
    protected override bool TryReadCapability(int register, int size, out uint value)
    {
        value = 0;
        if (_window == 0 || register != _window + VirtioPciSpec.CapExtra)
            return false;
        value = TryAimWindow(out var offset, out var length) ? (uint)BarRead(VirtioPciSpec.ModernBar, offset, length) : uint.MaxValue;
        return true;
    }

    /// <inheritdoc/>
    protected override void ConfigWritten(int register, int size, uint value)
    {
        if (_window != 0 && register == _window + VirtioPciSpec.CapExtra && TryAimWindow(out var offset, out var length))
            BarWrite(VirtioPciSpec.ModernBar, offset, length, value);
    }

    /// <summary>Where the PCI_CFG window looks (clause 4.1.4.9). It reaches BARs that the capabilities name, never configuration space, so never itself.</summary>
    private bool TryAimWindow(out uint offset, out int length)
    {
        offset = Get32(_window + VirtioPciSpec.CapOffset);
        var wanted = Get32(_window + VirtioPciSpec.CapLength);
        length = wanted is 1 or 2 or 4 ? (int)wanted : 0;
        if (length != 0 && offset % wanted == 0 && Get8(_window + VirtioPciSpec.CapBar) == VirtioPciSpec.ModernBar)
            return true;
        Count(new GuestFault(GuestFaultKind.RegisterAccess, Value: offset));
        return false;
    }

    private void DefineCapabilities()
    {
        DefineCapability(VirtioPciSpec.CapabilityCommon, VirtioPciSpec.CommonOffset, VirtioPciSpec.CommonSize, CapabilityLength);
        DefineCapability(VirtioPciSpec.CapabilityIsr, VirtioPciSpec.IsrOffset, 1, CapabilityLength);
        if (_device.ConfigLength > 0)
            DefineCapability(VirtioPciSpec.CapabilityDevice, VirtioPciSpec.DeviceOffset, _device.ConfigLength, CapabilityLength);
        var notify = DefineCapability(
            VirtioPciSpec.CapabilityNotify, VirtioPciSpec.NotifyOffset, _queues.Length * VirtioPciSpec.NotifyMultiplier, CapabilityLength + 4);
        Put32(notify + VirtioPciSpec.CapExtra, VirtioPciSpec.NotifyMultiplier);
        _window = DefineCapability(VirtioPciSpec.CapabilityPciConfig, 0, 0, CapabilityLength + 4);
        Put8(_window + VirtioPciSpec.CapBar, 0);
    }

    private int DefineCapability(byte type, int offset, int length, int capabilityLength)
    {
        var at = AddCapability(PciSpec.CapabilityVendor, capabilityLength);
        Put8(at + 2, (byte)capabilityLength);
        Put8(at + VirtioPciSpec.CapType, type);
        Put8(at + VirtioPciSpec.CapBar, VirtioPciSpec.ModernBar);
        Put32(at + VirtioPciSpec.CapOffset, (uint)offset);
        Put32(at + VirtioPciSpec.CapLength, (uint)length);
        return at;
    }

    private uint ReadModern(uint offset, int size)
    {
        var at = offset % RegionSize;
        return (offset - at) switch
        {
            VirtioPciSpec.CommonOffset => ReadCommon(at, size),
            VirtioPciSpec.IsrOffset when at == 0 && size == 1 => ReadIsr(),
            VirtioPciSpec.DeviceOffset when IsConfigRange(at, size) => ReadConfig(at, size),
            _ => Refused(offset, size),
        };
    }

    private void WriteModern(uint offset, int size, uint value)
    {
        var at = offset % RegionSize;
        switch (offset - at)
        {
            case VirtioPciSpec.CommonOffset:
                WriteCommon(at, size, value);
                break;
            case VirtioPciSpec.DeviceOffset when IsConfigRange(at, size):
                WriteConfig(at, size, value);
                break;
            case VirtioPciSpec.NotifyOffset when at % VirtioPciSpec.NotifyMultiplier == 0:
                // The address says which queue; the value, of whatever width, says nothing without NOTIFICATION_DATA.
                Kick(at / VirtioPciSpec.NotifyMultiplier);
                break;
            default:
                Refused(offset, size);
                break;
        }
    }

    private uint ReadCommon(uint offset, int size)
    {
        switch (offset, size)
        {
            case (VirtioPciSpec.DeviceFeatureSelect, 4): return _deviceFeatureSelect;
            case (VirtioPciSpec.DeviceFeature, 4): return Half(_modernFeatures, _deviceFeatureSelect);
            case (VirtioPciSpec.DriverFeatureSelect, 4): return _driverFeatureSelect;
            case (VirtioPciSpec.DriverFeature, 4): return Half(_driverFeatures, _driverFeatureSelect);
            case (VirtioPciSpec.ConfigMsixVector, 2): return _configVector;
            case (VirtioPciSpec.NumQueues, 2): return (uint)_queues.Length;
            case (VirtioPciSpec.DeviceStatus, 1): return _status;
            case (VirtioPciSpec.ConfigGeneration, 1): return _generation;
            case (VirtioPciSpec.QueueSelect, 2): return _queueSelect;
        }

        if (!IsQueueRegister(offset, size))
            return Refused(offset, size);
        if (_queueSelect >= _queues.Length)
            return offset == VirtioPciSpec.QueueMsixVector ? VirtioPciSpec.NoVector : 0U;
        ref readonly var queue = ref _registers[_queueSelect];
        return offset switch
        {
            VirtioPciSpec.QueueSize => queue.Size != 0 ? queue.Size : (uint)QueueSizeOf(_queueSelect),
            VirtioPciSpec.QueueMsixVector => queue.Vector,
            VirtioPciSpec.QueueEnable => queue.IsEnabled ? 1U : 0,
            VirtioPciSpec.QueueNotifyOff => _queueSelect,
            VirtioPciSpec.QueueDesc => (uint)queue.Descriptors,
            VirtioPciSpec.QueueDesc + 4 => (uint)(queue.Descriptors >> 32),
            VirtioPciSpec.QueueDriver => (uint)queue.Available,
            VirtioPciSpec.QueueDriver + 4 => (uint)(queue.Available >> 32),
            VirtioPciSpec.QueueDevice => (uint)queue.Used,
            VirtioPciSpec.QueueDevice + 4 => (uint)(queue.Used >> 32),

            // Notification data is not offered; a queue's reset is done when its write is.
            _ => 0,
        };
    }

    private void WriteCommon(uint offset, int size, uint value)
    {
        MarkChanged();
        switch (offset, size)
        {
            case (VirtioPciSpec.DeviceFeatureSelect, 4):
                _deviceFeatureSelect = value;
                return;
            case (VirtioPciSpec.DriverFeatureSelect, 4):
                _driverFeatureSelect = value;
                return;
            case (VirtioPciSpec.DriverFeature, 4):
                WriteDriverFeatures(value);
                return;
            case (VirtioPciSpec.ConfigMsixVector, 2):
                _configVector = EffectiveVector(value);
                return;
            case (VirtioPciSpec.DeviceStatus, 1):
                WriteStatus((byte)value, Session.Modern);
                return;
            case (VirtioPciSpec.QueueSelect, 2):
                _queueSelect = (ushort)value;
                return;
        }

        if (!IsQueueRegister(offset, size) || offset is VirtioPciSpec.QueueNotifyOff or VirtioPciSpec.QueueNotifyData)
            Refused(offset, size);
        else if (_queueSelect < _queues.Length)
            WriteQueueRegister(offset, value);
    }

    private void WriteDriverFeatures(uint value)
    {
        if (_session == Session.Legacy || (_status & VirtioSpec.StatusFeaturesOk) != 0)
        {
            Count(new GuestFault(GuestFaultKind.RegisterValue, Value: value));
            return;
        }

        switch (_driverFeatureSelect)
        {
            case 0:
                _driverFeatures = (_driverFeatures & ~(ulong)uint.MaxValue) | value;
                break;
            case 1:
                _driverFeatures = (uint)_driverFeatures | ((ulong)value << 32);
                break;
            default:
                _acceptsUnknownFeatures |= value != 0;
                break;
        }
    }

    private void WriteQueueRegister(uint offset, uint value)
    {
        ref var queue = ref _registers[_queueSelect];
        if (offset == VirtioPciSpec.QueueMsixVector)
        {
            queue.Vector = EffectiveVector(value);
            return;
        }

        if (offset == VirtioPciSpec.QueueReset)
        {
            if (value == 1 && !IsBroken && (_status & VirtioSpec.StatusFeaturesOk) != 0 && (NegotiatedFeatures & VirtioSpec.FeatureRingReset) != 0)
            {
                ResetQueue(_queueSelect);
                queue.Vector = VirtioPciSpec.NoVector;
            }

            return;
        }

        // Everything else is frozen by queue_enable, and pointless once the device is broken (invariant I18).
        if (IsBroken || (queue.IsEnabled && !_parts.ChangesLiveQueue(_vm, _queueSelect, offset, value)))
        {
            Count(new GuestFault(GuestFaultKind.RegisterValue, _queueSelect, value));
            return;
        }

        switch (offset)
        {
            case VirtioPciSpec.QueueSize:
                var most = QueueSizeOf(_queueSelect);
                if (value > 0 && value <= (uint)most && (value & (value - 1)) == 0)
                    queue.Size = (ushort)value;
                else
                    Count(new GuestFault(GuestFaultKind.RegisterValue, _queueSelect, value));
                break;
            case VirtioPciSpec.QueueEnable:
                EnableQueue(value);
                break;
            case VirtioPciSpec.QueueDesc:
                queue.Descriptors = WithLow(queue.Descriptors, value);
                break;
            case VirtioPciSpec.QueueDesc + 4:
                queue.Descriptors = WithHigh(queue.Descriptors, value);
                break;
            case VirtioPciSpec.QueueDriver:
                queue.Available = WithLow(queue.Available, value);
                break;
            case VirtioPciSpec.QueueDriver + 4:
                queue.Available = WithHigh(queue.Available, value);
                break;
            case VirtioPciSpec.QueueDevice:
                queue.Used = WithLow(queue.Used, value);
                break;
            case VirtioPciSpec.QueueDevice + 4:
                queue.Used = WithHigh(queue.Used, value);
                break;
        }
    }

    private void EnableQueue(uint value)
    {
        // Before FEATURES_OK the ring's own features are not known.
        var most = QueueSizeOf(_queueSelect);
        if (value != 1 || most == 0 || (_status & VirtioSpec.StatusFeaturesOk) == 0)
        {
            Count(new GuestFault(GuestFaultKind.RegisterValue, _queueSelect, value));
            return;
        }

        ref readonly var queue = ref _registers[_queueSelect];
        var size = queue.Size != 0 && queue.Size <= most ? queue.Size : most;
        if (TryEnableQueue(_queueSelect, size, queue.Descriptors, queue.Available, queue.Used))
            AnnounceLateQueue();
    }

    /// <summary>Registers from queue_size to queue_reset, each in its own width; addresses in halves.</summary>
    private static bool IsQueueRegister(uint offset, int size) => size switch
    {
        2 => offset is >= VirtioPciSpec.QueueSize and <= VirtioPciSpec.QueueNotifyOff or VirtioPciSpec.QueueNotifyData or VirtioPciSpec.QueueReset && offset % 2 == 0,
        4 => offset is >= VirtioPciSpec.QueueDesc and < VirtioPciSpec.QueueNotifyData && offset % 4 == 0,
        _ => false,
    };

    private static uint Half(ulong features, uint select) => select switch
    {
        0 => (uint)features,
        1 => (uint)(features >> 32),
        _ => 0,
    };

    private static ulong WithLow(ulong value, uint low) => (value & 0xFFFF_FFFF_0000_0000) | low;

    private static ulong WithHigh(ulong value, uint high) => (uint)value | ((ulong)high << 32);
}
