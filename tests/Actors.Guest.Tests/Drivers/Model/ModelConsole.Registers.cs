using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Guest.Tests;

/// <summary>The console's registers: configuration space, common and legacy configuration, status.</summary>
internal sealed partial class ModelConsole
{
    protected override void ConfigWritten(int register, int size, uint value)
    {
        if (register == MsixCapability + 2 && size == 2)
            Set16(register, (ushort)((value & 0xC000) | (ReadConfig(register, 2) & 0x7FF)));
    }

    private void BuildConfig(VirtioTransportKind kind, bool msix, ulong window)
    {
        if (kind != VirtioTransportKind.Modern)
            AddBar(VirtioPciSpec.LegacyBar, 64, 0x2000 + (window >> 8), PciSpec.BarIo);
        AddBar(VirtioPciSpec.MsixBar, 0x1000, 0x8000_0000 + window, 0);
        if (_modern)
            AddBar(VirtioPciSpec.ModernBar, VirtioPciSpec.ModernBarSize, PlatformSpec.PciHole64Start + window, PciSpec.BarMemory64 | PciSpec.BarPrefetchable);

        Set16(PciSpec.Status, PciSpec.StatusCapabilities);
        var next = msix ? MsixCapability : 0x50;
        Config[PciSpec.CapabilityPointer] = (byte)next;
        if (msix)
        {
            Config[MsixCapability] = PciSpec.CapabilityMsix;
            Config[MsixCapability + 1] = (byte)(_modern ? 0x50 : 0);
            Set16(MsixCapability + 2, (ushort)(_queues.Length));
            Set32(MsixCapability + 4, VirtioPciSpec.MsixBar);
            Set32(MsixCapability + 8, 0x800 | VirtioPciSpec.MsixBar);
        }

        if (!_modern)
        {
            if (!msix)
                Set16(PciSpec.Status, 0);
            return;
        }

        (byte Type, int Offset, int Length)[] windows =
        [
            (VirtioPciSpec.CapabilityCommon, VirtioPciSpec.CommonOffset, VirtioPciSpec.CommonSize),
            (VirtioPciSpec.CapabilityIsr, VirtioPciSpec.IsrOffset, 1),
            (VirtioPciSpec.CapabilityDevice, VirtioPciSpec.DeviceOffset, VirtioConsoleSpec.ConfigSize),
            (VirtioPciSpec.CapabilityNotify, VirtioPciSpec.NotifyOffset, 4 * _queues.Length),
        ];
        var at = 0x50;
        foreach (var (type, offset, length) in windows)
        {
            var size = type == VirtioPciSpec.CapabilityNotify ? 20 : 16;
            Config[at] = PciSpec.CapabilityVendor;
            Config[at + 1] = (byte)(type == VirtioPciSpec.CapabilityNotify ? 0 : at + size);
            Config[at + 2] = (byte)size;
            Config[at + VirtioPciSpec.CapType] = type;
            Config[at + VirtioPciSpec.CapBar] = VirtioPciSpec.ModernBar;
            Set32(at + VirtioPciSpec.CapOffset, (uint)offset);
            Set32(at + VirtioPciSpec.CapLength, (uint)length);
            if (size == 20)
                Set32(at + VirtioPciSpec.CapExtra, VirtioPciSpec.NotifyMultiplier);
            at += size;
        }
    }

    private ulong ReadCommon(int offset, int size)
    {
        var queue = _queueSelect < _queues.Length ? _queues[_queueSelect] : null;
        (int Size, ulong Value) register = offset switch
        {
            VirtioPciSpec.DeviceFeature => (4, _featureSelect > 1 ? 0 : (uint)(Features >> (32 * (int)_featureSelect))),
            VirtioPciSpec.NumQueues => (2, (ulong)_queues.Length),
            VirtioPciSpec.DeviceStatus => (1, _status),
            VirtioPciSpec.ConfigGeneration => (1, 7),
            VirtioPciSpec.ConfigMsixVector => (2, _configVector),
            VirtioPciSpec.QueueSize => (2, (ulong)(queue?.Size ?? 0)),
            VirtioPciSpec.QueueMsixVector => (2, queue?.Vector ?? VirtioPciSpec.NoVector),
            VirtioPciSpec.QueueNotifyOff => (2, _queueSelect),
            _ => throw new InvalidOperationException($"read of common register {offset}"),
        };
        Assert.Equal(register.Size, size);
        return register.Value;
    }

    private void WriteCommon(int offset, int size, uint value)
    {
        var queue = _queueSelect < _queues.Length ? _queues[_queueSelect] : null;
        switch (offset)
        {
            case VirtioPciSpec.DeviceFeatureSelect:
                _featureSelect = value;
                break;
            case VirtioPciSpec.DriverFeatureSelect:
                _driverSelect = value;
                break;
            case VirtioPciSpec.DriverFeature:
                var shift = 32 * (int)_driverSelect;
                DriverFeatures = (DriverFeatures & ~(0xFFFF_FFFFUL << shift)) | ((ulong)value << shift);
                break;
            case VirtioPciSpec.DeviceStatus:
                WriteStatus((byte)value);
                break;
            case VirtioPciSpec.ConfigMsixVector:
                _configVector = AcceptVector(value);
                break;
            case VirtioPciSpec.QueueSelect:
                _queueSelect = (ushort)value;
                break;
            case VirtioPciSpec.QueueSize:
                queue!.Size = (int)value;
                break;
            case VirtioPciSpec.QueueMsixVector:
                Assert.False(queue!.Enabled);
                queue.Vector = AcceptVector(value);
                break;
            case VirtioPciSpec.QueueEnable:
                Assert.Equal(1u, value);
                Assert.Equal(0, (_status & VirtioSpec.StatusDriverOk));
                Enable(queue!);
                break;
            case >= VirtioPciSpec.QueueDesc and < VirtioPciSpec.QueueNotifyData:
                Assert.Equal(4, size);
                WriteAddress(queue!, offset, value);
                break;
            default:
                throw new InvalidOperationException($"write of common register {offset}");
        }
    }

    private static void WriteAddress(ModelQueue queue, int offset, uint value)
    {
        var shift = (offset & 4) == 0 ? 0 : 32;
        ulong Change(ulong old) => (old & ~(0xFFFF_FFFFUL << shift)) | ((ulong)value << shift);
        switch (offset & ~7)
        {
            case VirtioPciSpec.QueueDesc:
                queue.Desc = Change(queue.Desc);
                break;
            case VirtioPciSpec.QueueDriver:
                queue.Avail = Change(queue.Avail);
                break;
            default:
                queue.Used = Change(queue.Used);
                break;
        }
    }

    private ulong ReadLegacy(int offset, int size)
    {
        var config = MsixOn ? VirtioPciSpec.LegacyDeviceConfigMsix : VirtioPciSpec.LegacyDeviceConfig;
        if (offset >= config)
            return ReadDevice(offset - config, size);
        var queue = _queueSelect < _queues.Length ? _queues[_queueSelect] : null;
        return offset switch
        {
            VirtioPciSpec.LegacyHostFeatures => (uint)Features,
            VirtioPciSpec.LegacyQueueSize => (ulong)(queue?.Size ?? 0),
            VirtioPciSpec.LegacyStatus => _status,
            VirtioPciSpec.LegacyIsr => TakeIsr(),
            VirtioPciSpec.LegacyConfigVector => _configVector,
            VirtioPciSpec.LegacyQueueVector => queue?.Vector ?? VirtioPciSpec.NoVector,
            _ => throw new InvalidOperationException($"read of legacy register {offset}"),
        };
    }

    private void WriteLegacy(int offset, uint value)
    {
        var config = MsixOn ? VirtioPciSpec.LegacyDeviceConfigMsix : VirtioPciSpec.LegacyDeviceConfig;
        if (offset >= config)
        {
            WriteDevice(offset - config, value);
            return;
        }

        switch (offset)
        {
            case VirtioPciSpec.LegacyGuestFeatures:
                DriverFeatures = value;
                break;
            case VirtioPciSpec.LegacyQueueSelect:
                _queueSelect = (ushort)value;
                break;
            case VirtioPciSpec.LegacyStatus:
                WriteStatus((byte)value);
                break;
            case VirtioPciSpec.LegacyQueueNotify:
                Kick((int)value);
                break;
            case VirtioPciSpec.LegacyConfigVector:
                _configVector = AcceptVector(value);
                break;
            case VirtioPciSpec.LegacyQueueVector:
                _queues[_queueSelect].Vector = AcceptVector(value);
                break;
            case VirtioPciSpec.LegacyQueuePfn:
                var queue = _queues[_queueSelect];
                queue.Desc = (ulong)value << 12;
                queue.Avail = queue.Desc + (16 * (ulong)queue.Size);
                queue.Used = (queue.Avail + 6 + (2 * (ulong)queue.Size) + 4095) & ~4095UL;
                Enable(queue);
                break;
            default:
                throw new InvalidOperationException($"write of legacy register {offset}");
        }
    }

    private void Enable(ModelQueue queue)
    {
        Assert.Equal(0UL, queue.Desc % 16);
        Assert.Equal(0UL, queue.Avail % 2);
        Assert.Equal(0UL, queue.Used % 4);
        Assert.True(_machine.Memory.IsRam(queue.Used, 6 + (8 * (ulong)queue.Size)));
        queue.EventIndex = (DriverFeatures & VirtioSpec.FeatureEventIndex) != 0;
        queue.Enabled = true;
    }

    private void WriteStatus(byte value)
    {
        StatusWrites.Add(value);
        if (value == 0)
        {
            foreach (var queue in _queues)
                queue.Reset();
            Array.Clear(_kicked);
            _messages.Clear();
            (_configVector, DriverFeatures, _isr) = (VirtioPciSpec.NoVector, 0, 0);
            _machine.SetLine(_gsi, false);
        }

        if ((value & VirtioSpec.StatusFeaturesOk) != 0)
        {
            Assert.Equal(0UL, DriverFeatures & ~Features);
            if (RefuseFeatures)
                value &= unchecked((byte)~VirtioSpec.StatusFeaturesOk);
        }

        _status = value;
    }

    private ushort AcceptVector(uint entry) => RefuseVectors || entry * 16 >= _msix.Length ? VirtioPciSpec.NoVector : (ushort)entry;

    private ulong ReadDevice(int offset, int size)
    {
        Assert.InRange(offset + size, 1, _deviceConfig.Length);
        return size switch
        {
            1 => _deviceConfig[offset],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(_deviceConfig.AsSpan(offset)),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(_deviceConfig.AsSpan(offset)),
        };
    }

    private void WriteDevice(int offset, uint value)
    {
        Assert.Equal(VirtioConsoleSpec.ConfigEmergencyWrite, offset);
        Emergency.Append((char)(byte)value);
    }
}
