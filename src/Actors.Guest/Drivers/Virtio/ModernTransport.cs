using Actors.Protocol;

namespace Actors.Guest;

/// <summary>The interface of virtio 1.x (clause 4.1.4): register windows named by vendor capabilities.</summary>
public sealed class ModernTransport : VirtioPciTransport
{
    private readonly RegisterWindow _common;
    private readonly RegisterWindow _notify;
    private readonly RegisterWindow _isr;
    private readonly RegisterWindow _config;
    private readonly uint _notifyMultiplier;

    private ModernTransport(
        GuestCpu cpu, PciDevice device, MsixTable? msix, RegisterWindow common, RegisterWindow notify, uint notifyMultiplier, RegisterWindow isr, RegisterWindow config)
        : base(cpu, device, msix)
    {
        _common = common;
        _notify = notify;
        _notifyMultiplier = notifyMultiplier;
        _isr = isr;
        _config = config;
    }

    /// <inheritdoc/>
    public override bool IsModern => true;

    /// <summary>Null when the device lacks one of the windows that every modern device has.</summary>
    internal static async GuestTask<VirtioPciTransport?> TryOpen(
        GuestCpu cpu, PciDevice device, List<PciCapability> capabilities, MsixTable? msix, PciAddressAllocator addresses)
    {
        var bars = new PciBar?[PciSpec.Bars];
        RegisterWindow common = default, notify = default, isr = default, config = default;
        uint multiplier = 0;
        foreach (var capability in capabilities)
        {
            // The first of a kind is the device's favourite.
            var taken = capability.Type switch
            {
                VirtioPciSpec.CapabilityCommon => common.Length != 0,
                VirtioPciSpec.CapabilityNotify => notify.Length != 0,
                VirtioPciSpec.CapabilityIsr => isr.Length != 0,
                VirtioPciSpec.CapabilityDevice => config.Length != 0,
                _ => true,
            };
            if (capability.Id != PciSpec.CapabilityVendor || taken)
                continue;
            var window = await ReadWindow(device, capability, bars, addresses);
            switch (capability.Type)
            {
                case VirtioPciSpec.CapabilityCommon:
                    common = window.Length >= VirtioPciSpec.QueueNotifyData ? window : default;
                    break;
                case VirtioPciSpec.CapabilityNotify when window.Length >= 2:
                    notify = window;
                    multiplier = await device.Read(capability.Offset + VirtioPciSpec.CapExtra, 4);
                    break;
                case VirtioPciSpec.CapabilityIsr:
                    isr = window;
                    break;
                case VirtioPciSpec.CapabilityDevice:
                    config = window;
                    break;
            }
        }

        return common.Length == 0 || notify.Length == 0 || isr.Length == 0
            ? null
            : new ModernTransport(cpu, device, msix, common, notify, multiplier, isr, config);
    }

    /// <inheritdoc/>
    public override IoAwaitable ReadStatus() => _common.Read(Cpu, VirtioPciSpec.DeviceStatus, 1);

    /// <inheritdoc/>
    public override IoAwaitable WriteStatus(byte status) => _common.Write(Cpu, VirtioPciSpec.DeviceStatus, 1, status);

    /// <inheritdoc/>
    public override IoAwaitable ReadIsr() => _isr.Read(Cpu, 0, 1);

    /// <inheritdoc/>
    public override IoAwaitable ReadConfig(int offset, int size) => _config.Read(Cpu, offset, size);

    /// <inheritdoc/>
    public override IoAwaitable WriteConfig(int offset, int size, uint value) => _config.Write(Cpu, offset, size, value);

    /// <inheritdoc/>
    public override bool HasConfig(int offset, int size) => _config.Holds(offset, size);

    /// <inheritdoc/>
    public override async GuestTask<uint> ReadStableConfig(int offset, int size)
    {
        var before = (byte)await _common.Read(Cpu, VirtioPciSpec.ConfigGeneration, 1);
        uint value = 0;
        for (var i = 0; i < MaxGenerationReads; i++)
        {
            value = (uint)await ReadConfig(offset, size);
            var after = (byte)await _common.Read(Cpu, VirtioPciSpec.ConfigGeneration, 1);
            if (after == before)
                break;
            before = after;
        }

        return value;
    }

    /// <inheritdoc/>
    public override async GuestTask<int> SelectQueue(int queue)
    {
        await _common.Write(Cpu, VirtioPciSpec.QueueSelect, 2, (uint)queue);
        return SizeOrNone((int)await _common.Read(Cpu, VirtioPciSpec.QueueSize, 2));
    }

    /// <inheritdoc/>
    public override GuestTask<bool> SetConfigVector(ushort entry) => SetVector(VirtioPciSpec.ConfigMsixVector, entry);

    /// <inheritdoc/>
    public override GuestTask<bool> SetQueueVector(ushort entry) => SetVector(VirtioPciSpec.QueueMsixVector, entry);

    /// <inheritdoc/>
    public override async GuestTask<(VirtqueueLayout Layout, QueueDoorbell Doorbell)> EnableQueue(int queue, int offered, int wanted, GuestHeap heap)
    {
        var size = wanted == 0 ? offered : Math.Min(wanted, offered);
        if (size != offered)
            await _common.Write(Cpu, VirtioPciSpec.QueueSize, 2, (uint)size);
        var layout = VirtqueueLayout.Compact(heap, size);
        await WriteAddress(VirtioPciSpec.QueueDesc, layout.Descriptors);
        await WriteAddress(VirtioPciSpec.QueueDriver, layout.Available);
        await WriteAddress(VirtioPciSpec.QueueDevice, layout.Used);
        var offset = (ulong)await _common.Read(Cpu, VirtioPciSpec.QueueNotifyOff, 2) * _notifyMultiplier;

        // A doorbell outside its window would ring somebody else: the first one is the safe place.
        var place = offset + 2 <= _notify.Length ? offset : 0;
        await _common.Write(Cpu, VirtioPciSpec.QueueEnable, 2, 1);
        return (layout, new QueueDoorbell(_notify.IsPort, _notify.Base + place, (ushort)queue));
    }

    private protected override async GuestTask<ulong> ReadDeviceFeatures()
    {
        await _common.Write(Cpu, VirtioPciSpec.DeviceFeatureSelect, 4, 0);
        var low = await _common.Read(Cpu, VirtioPciSpec.DeviceFeature, 4);
        await _common.Write(Cpu, VirtioPciSpec.DeviceFeatureSelect, 4, 1);
        return low | (await _common.Read(Cpu, VirtioPciSpec.DeviceFeature, 4) << 32);
    }

    private protected override async GuestTask WriteDriverFeatures(ulong features)
    {
        await _common.Write(Cpu, VirtioPciSpec.DriverFeatureSelect, 4, 0);
        await _common.Write(Cpu, VirtioPciSpec.DriverFeature, 4, (uint)features);
        await _common.Write(Cpu, VirtioPciSpec.DriverFeatureSelect, 4, 1);
        await _common.Write(Cpu, VirtioPciSpec.DriverFeature, 4, (uint)(features >> 32));
    }

    /// <summary>A queue size that can't be used counts as none.</summary>
    internal static int SizeOrNone(int size) => size is > 0 and <= VirtioSpec.MaxQueueSize && (size & (size - 1)) == 0 ? size : 0;

    private static async GuestTask<RegisterWindow> ReadWindow(PciDevice device, PciCapability capability, PciBar?[] bars, PciAddressAllocator addresses)
    {
        var index = (int)(await device.Read(capability.Offset + VirtioPciSpec.CapBar, 4) & 0xFF);
        if (index >= PciSpec.Bars)
            return default;
        var offset = await device.Read(capability.Offset + VirtioPciSpec.CapOffset, 4);
        var length = await device.Read(capability.Offset + VirtioPciSpec.CapLength, 4);
        var bar = bars[index] ??= await device.AssignedBar(index, addresses);
        return bar.Kind == PciBarKind.None || (ulong)offset + length > uint.MaxValue
            ? default
            : new RegisterWindow(bar.Kind == PciBarKind.Io, bar.Address + offset, length);
    }

    private async GuestTask<bool> SetVector(int register, ushort entry)
    {
        await _common.Write(Cpu, register, 2, entry);
        return (ushort)await _common.Read(Cpu, register, 2) == entry;
    }

    private async GuestTask WriteAddress(int register, ulong address)
    {
        await _common.Write(Cpu, register, 4, (uint)address);
        await _common.Write(Cpu, register + 4, 4, (uint)(address >> 32));
    }
}
