using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>What a crash must not lose, and how it comes back.</content>
internal sealed partial class VirtioPciFunction
{
    private const byte KnownStatus = Begun | VirtioSpec.StatusFeaturesOk | VirtioSpec.StatusDriverOk | Dead;

    /// <summary>A device that came back without its record (<see cref="DeviceRecord.Bereft"/>): only then a reset is needed before there was DRIVER_OK.</summary>
    private bool IsBereft => (_status & (VirtioSpec.StatusNeedsReset | VirtioSpec.StatusDriverOk)) == VirtioSpec.StatusNeedsReset;

    /// <summary>Has each used chain noted before its index is published, and lets a simulated world crash the device around it.</summary>
    public void Attach(IQueueJournal journal, ICrashPoints? crashes, VmId vm)
    {
        foreach (var queue in _queues)
            queue.Attach(journal, new CrashPoints(crashes, vm, queue.Index));
    }

    /// <inheritdoc/>
    public override void Capture(DeviceRecord record)
    {
        if (!IsChanged)
            return;
        Capture(record.Pci);
        record.Transport = new TransportRecord(
            _status, (byte)_session, _isr, _generation, _queueSelect, _configVector, _driverFeatures, _deviceFeatureSelect, _driverFeatureSelect,
            _featuresWritten, _acceptsUnknownFeatures, Epoch);
        for (var i = 0; i < _queues.Length; i++)
        {
            ref readonly var registers = ref _registers[i];
            ref var queue = ref record.Queues[i];
            queue.Descriptors = registers.Descriptors;
            queue.Available = registers.Available;
            queue.Used = registers.Used;
            queue.Doorbell = registers.Doorbell;
            queue.Page = registers.Page;
            queue.Size = registers.Size;
            queue.Vector = registers.Vector;
            queue.IsEnabled = registers.IsEnabled;
            queue.Ring = _queues[i].State;
            queue.UsedIndex = _queues[i].UsedIndex;
        }
    }

    /// <inheritdoc/>
    public override bool TryRestore(DeviceRecord record)
    {
        ref readonly var transport = ref record.Transport;
        if (record.Queues.Length != _queues.Length || transport.Session > (byte)Session.Modern || !TryRestore(record.Pci))
            return false;
        _status = (byte)(transport.Status & KnownStatus);
        _session = (Session)transport.Session;
        _isr = (byte)(transport.Isr & (VirtioPciSpec.IsrQueue | VirtioPciSpec.IsrConfig));
        _generation = transport.Generation;
        _queueSelect = transport.QueueSelect;
        _configVector = EffectiveVector(transport.ConfigVector);
        _driverFeatures = transport.DriverFeatures;
        _deviceFeatureSelect = transport.DeviceFeatureSelect;
        _driverFeatureSelect = transport.DriverFeatureSelect;
        _featuresWritten = transport.FeaturesWritten;
        _acceptsUnknownFeatures = transport.AcceptsUnknownFeatures;
        _wasBusMaster = IsBusMaster;
        Epoch = transport.Epoch;
        if (_session == Session.Modern && (_status & VirtioSpec.StatusFeaturesOk) != 0 && !AreFeaturesAcceptable())
            return false;
        for (var i = 0; i < _queues.Length; i++)
        {
            if (!TryRestoreQueue(i, record.Queues[i]))
                return false;
        }

        return true;
    }

    /// <summary>
    /// Goes on after <see cref="TryRestore(DeviceRecord)"/>: tells the driver again what it may not have been told. Each queue's used index is in memory and its interrupt raised,
    /// where the ring asks for one; a configuration interrupt is raised as well. One too many is what drivers must bear (clause 2.7.7.1), one too few they need not.
    /// </summary>
    public override void Recover()
    {
        Msix!.SendPending();
        if (IsActive)
        {
            foreach (var queue in _queues)
                SignalUsed(queue);
        }

        if (((_status & VirtioSpec.StatusDriverOk) != 0 && (_status & VirtioSpec.StatusFailed) == 0) || (IsBereft && IsBusMaster))
            Interrupt(_configVector, VirtioPciSpec.IsrConfig);
        UpdateDoorbells();
        if (IsActive)
            Activate();
    }

    private bool TryRestoreQueue(int index, in QueueRecord record)
    {
        ref var registers = ref _registers[index];
        registers.Descriptors = record.Descriptors;
        registers.Available = record.Available;
        registers.Used = record.Used;
        registers.Doorbell = record.Doorbell;
        registers.Page = record.Page;
        registers.Size = record.Size;
        registers.Vector = EffectiveVector(record.Vector);
        registers.IsEnabled = record.IsEnabled;
        if (record.Ring.IsReady && (!record.IsEnabled || IsBroken || record.Ring.Size > _device.QueueSizeOf(index, OfferedFeatures)))
            return false;
        var ring = record.Ring with { LastAvailable = record.UsedIndex, UsedIndex = record.UsedIndex };
        return _queues[index].TryRestore(MemoryOf(index, ring, isRestored: true), ring);
    }
}
