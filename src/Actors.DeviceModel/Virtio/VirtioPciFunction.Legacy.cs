using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>The legacy interface in I/O BAR 0 (virtio 1.2 clause 4.1.4.10).</content>
internal sealed partial class VirtioPciFunction
{
    /// <summary>Where device configuration begins: the vectors are there only while MSI-X is enabled, so it is asked at each access.</summary>
    private uint LegacyConfigBase => IsMsixEnabled ? (uint)VirtioPciSpec.LegacyDeviceConfigMsix : VirtioPciSpec.LegacyDeviceConfig;

    private uint ReadLegacy(uint offset, int size)
    {
        var config = LegacyConfigBase;
        if (offset >= config)
            return IsConfigRange(offset - config, size) ? ReadConfig(offset - config, size) : Refused(offset, size);
        var selected = _queueSelect < _queues.Length;
        return (offset, size) switch
        {
            (VirtioPciSpec.LegacyHostFeatures, 4) => (uint)_legacyFeatures,
            (VirtioPciSpec.LegacyGuestFeatures, 4) => (uint)(_driverFeatures & _legacyFeatures),
            (VirtioPciSpec.LegacyQueuePfn, 4) => selected ? _registers[_queueSelect].Page : 0,
            (VirtioPciSpec.LegacyQueueSize, 2) => selected ? (uint)QueueSizeOf(_queueSelect) : 0,
            (VirtioPciSpec.LegacyQueueSelect, 2) => _queueSelect,
            (VirtioPciSpec.LegacyQueueNotify, 2) => 0,
            (VirtioPciSpec.LegacyStatus, 1) => _status,
            (VirtioPciSpec.LegacyIsr, 1) => ReadIsr(),
            (VirtioPciSpec.LegacyConfigVector, 2) => _configVector,
            (VirtioPciSpec.LegacyQueueVector, 2) => selected ? _registers[_queueSelect].Vector : VirtioPciSpec.NoVector,
            _ => Refused(offset, size),
        };
    }

    private void WriteLegacy(uint offset, int size, uint value)
    {
        var config = LegacyConfigBase;
        if (offset >= config)
        {
            if (IsConfigRange(offset - config, size))
                WriteConfig(offset - config, size, value);
            else
                Refused(offset, size);
            return;
        }

        if (offset != VirtioPciSpec.LegacyQueueNotify)
            MarkChanged();
        switch (offset, size)
        {
            case (VirtioPciSpec.LegacyGuestFeatures, 4):
                WriteLegacyFeatures(value);
                break;
            case (VirtioPciSpec.LegacyQueuePfn, 4):
                WritePage(value);
                break;
            case (VirtioPciSpec.LegacyQueueSelect, 2):
                _queueSelect = (ushort)value;
                break;
            case (VirtioPciSpec.LegacyQueueNotify, 2):
                Kick(value);
                break;
            case (VirtioPciSpec.LegacyStatus, 1):
                WriteStatus((byte)value, Session.Legacy);
                break;
            case (VirtioPciSpec.LegacyConfigVector, 2):
                _configVector = EffectiveVector(value);
                break;
            case (VirtioPciSpec.LegacyQueueVector, 2):
                if (_queueSelect < _queues.Length)
                    _registers[_queueSelect].Vector = EffectiveVector(value);
                break;
            default:
                Refused(offset, size);
                break;
        }
    }

    private void WriteLegacyFeatures(uint value)
    {
        // Legacy has no FEATURES_OK: what was written last counts until DRIVER_OK.
        if (_session == Session.Modern || (_status & VirtioSpec.StatusDriverOk) != 0)
        {
            Count(new GuestFault(GuestFaultKind.RegisterValue, Value: value));
            return;
        }

        _driverFeatures = value & _legacyFeatures;
        _featuresWritten = true;
        foreach (var queue in _queues)
        {
            if (queue.IsReady)
                queue.SetFeatures(_driverFeatures);
        }
    }

    private void WritePage(uint page)
    {
        if (_queueSelect >= _queues.Length)
            return;
        ref var registers = ref _registers[_queueSelect];
        if (_session == Session.Modern || IsBroken)
        {
            Count(new GuestFault(GuestFaultKind.RegisterValue, _queueSelect, page));
            return;
        }

        if (page == 0)
        {
            if (registers.IsEnabled)
                ResetQueue(_queueSelect);
            return;
        }

        var size = QueueSizeOf(_queueSelect);
        if (registers.IsEnabled || size == 0)
        {
            if (registers.Page != page)
                Count(new GuestFault(GuestFaultKind.RegisterValue, _queueSelect, page));
            return;
        }

        var descriptors = (ulong)page * VirtioPciSpec.LegacyPageSize;
        var available = descriptors + (ulong)VirtioSpec.DescriptorTableBytes(size);
        var used = (available + (ulong)VirtioSpec.AvailBytes(size) + VirtioSpec.LegacyAlignment - 1) & ~(ulong)(VirtioSpec.LegacyAlignment - 1);
        if (!TryEnableQueue(_queueSelect, size, descriptors, available, used))
            return;
        registers.Page = page;
        AnnounceLateQueue();
    }
}
