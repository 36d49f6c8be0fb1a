using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// A virtio device's PCI transport as its driver sees it: status, features, queues, vectors, configuration. Bring-up follows virtio 1.2 clause 3.1.
/// </summary>
public abstract class VirtioPciTransport : IInterruptSource
{
    /// <summary>Status reads that a device gets to finish its reset.</summary>
    public const int MaxResetReads = 1000;

    /// <summary>Times that changing configuration is read again.</summary>
    public const int MaxGenerationReads = 16;

    private protected VirtioPciTransport(GuestCpu cpu, PciDevice device, MsixTable? msix)
    {
        Cpu = cpu;
        Device = device;
        Msix = msix;
    }

    /// <summary>The PCI function.</summary>
    public PciDevice Device { get; }

    /// <summary>Its MSI-X table, or null.</summary>
    public MsixTable? Msix { get; }

    /// <summary>True for the interface of virtio 1.x.</summary>
    public abstract bool IsModern { get; }

    /// <summary>What the device offers, since <see cref="Negotiate"/>.</summary>
    public ulong OfferedFeatures { get; private set; }

    /// <summary>What both sides agreed on.</summary>
    public ulong Features { get; private set; }

    /// <summary>The last interrupt status read, bits gathered; cleared by <see cref="TakeInterruptStatus"/>.</summary>
    private byte _interruptStatus;

    private protected GuestCpu Cpu { get; }

    /// <summary>Finds the transport of a virtio device. A transitional one is driven the modern way unless legacy is preferred. Null when it has none.</summary>
    public static async GuestTask<VirtioPciTransport?> Open(GuestCpu cpu, PciDevice device, DriverOptions options, PciAddressAllocator addresses)
    {
        await device.ChangeCommand(PciSpec.CommandIo | PciSpec.CommandMemory | PciSpec.CommandBusMaster, PciSpec.CommandIntxDisable);
        var capabilities = await device.ReadCapabilities();
        MsixTable? msix = null;
        foreach (var capability in capabilities)
        {
            if (capability.Id != PciSpec.CapabilityMsix || msix is not null)
                continue;
            var quiet = await QuietMsix(device, capability);
            if (options.UseMsix)
                msix = await MsixTable.Open(cpu, device, quiet, addresses);
        }

        var legacyOnly = options.PreferLegacy && device.DeviceId < VirtioSpec.ModernDeviceIdBase;
        return (legacyOnly ? null : await ModernTransport.TryOpen(cpu, device, capabilities, msix, addresses))
            ?? (device.DeviceId < VirtioSpec.ModernDeviceIdBase ? await LegacyTransport.TryOpen(cpu, device, msix, addresses) : null);
    }

    /// <summary>Whoever drove the device before may have left MSI-X on, or all of it masked: neither is ours.</summary>
    private static async GuestTask<PciCapability> QuietMsix(PciDevice device, PciCapability capability)
    {
        const ushort Inherited = PciSpec.MsixEnable | PciSpec.MsixFunctionMask;
        if ((capability.Control & Inherited) == 0)
            return capability;
        var control = (ushort)(capability.Control & ~Inherited);
        await device.Write(capability.Offset + PciSpec.MsixControl, 2, control);
        return capability with { Header = (capability.Header & 0xFFFF) | ((uint)control << 16) };
    }

    /// <summary>Reads device status.</summary>
    public abstract IoAwaitable ReadStatus();

    /// <summary>Writes device status.</summary>
    public abstract IoAwaitable WriteStatus(byte status);

    /// <summary>Reads the interrupt status, which clears it.</summary>
    public abstract IoAwaitable ReadIsr();

    /// <summary>Reads device configuration.</summary>
    public abstract IoAwaitable ReadConfig(int offset, int size);

    /// <summary>Writes device configuration.</summary>
    public abstract IoAwaitable WriteConfig(int offset, int size, uint value);

    /// <summary>True when device configuration has these bytes.</summary>
    public abstract bool HasConfig(int offset, int size);

    /// <summary>Selects a queue and reads how many entries it offers; 0: not available.</summary>
    public abstract GuestTask<int> SelectQueue(int queue);

    /// <summary>Gives configuration changes an MSI-X entry. False when the device can't (it reads back NO_VECTOR).</summary>
    public abstract GuestTask<bool> SetConfigVector(ushort entry);

    /// <summary>Gives the selected queue an MSI-X entry. False when the device can't.</summary>
    public abstract GuestTask<bool> SetQueueVector(ushort entry);

    /// <summary>Allocates rings of the selected queue, hands them to the device and enables it.</summary>
    /// <param name="queue">The queue selected.</param>
    /// <param name="offered">Entries it offers.</param>
    /// <param name="wanted">Entries wanted; 0 for as offered.</param>
    /// <param name="heap">Where the rings come from.</param>
    public abstract GuestTask<(VirtqueueLayout Layout, QueueDoorbell Doorbell)> EnableQueue(int queue, int offered, int wanted, GuestHeap heap);

    /// <summary>Resets the device and agrees on features: those offered and wanted. Returns why it failed, or null. A device that refuses is told so (FAILED).</summary>
    public async GuestTask<string?> Negotiate(ulong wanted)
    {
        if (!await Reset())
            return "the device does not come out of reset";
        await WriteStatus(VirtioSpec.StatusAcknowledge);
        await WriteStatus(VirtioSpec.StatusAcknowledge | VirtioSpec.StatusDriver);
        OfferedFeatures = await ReadDeviceFeatures();
        Features = OfferedFeatures & wanted;
        if (IsModern && (Features & VirtioSpec.FeatureVersion1) == 0)
        {
            await Fail();
            return "the device does not offer VERSION_1";
        }

        await WriteDriverFeatures(Features);
        if (!IsModern)
            return null;
        const byte Agreed = VirtioSpec.StatusAcknowledge | VirtioSpec.StatusDriver | VirtioSpec.StatusFeaturesOk;
        await WriteStatus(Agreed);
        if (((byte)await ReadStatus() & VirtioSpec.StatusFeaturesOk) != 0)
            return null;
        await Fail();
        return "the device refuses the features";
    }

    /// <summary>Resets the device. False when it doesn't finish.</summary>
    public async GuestTask<bool> Reset()
    {
        await WriteStatus(0);
        for (var i = 0; i < MaxResetReads; i++)
        {
            if ((byte)await ReadStatus() == 0)
                return true;
            await Cpu.Pause();
        }

        return false;
    }

    /// <summary>The driver is ready: the device may work.</summary>
    public IoAwaitable DriverOk() => WriteStatus((byte)(VirtioSpec.StatusAcknowledge | VirtioSpec.StatusDriver | VirtioSpec.StatusDriverOk
        | (IsModern ? VirtioSpec.StatusFeaturesOk : 0)));

    /// <summary>The driver gives up.</summary>
    public async GuestTask Fail()
    {
        var status = (byte)await ReadStatus();
        await WriteStatus((byte)(status | VirtioSpec.StatusFailed));
    }

    /// <summary>Reads a configuration field of 4 bytes or less in one version of the configuration.</summary>
    public virtual async GuestTask<uint> ReadStableConfig(int offset, int size) => (uint)await ReadConfig(offset, size);

    /// <summary>Reads the interrupt status and so takes the request from the line.</summary>
    public async GuestTask Acknowledge() => _interruptStatus |= (byte)await ReadIsr();

    /// <summary>What <see cref="Acknowledge"/> has read since the last call.</summary>
    public byte TakeInterruptStatus()
    {
        var status = _interruptStatus;
        _interruptStatus = 0;
        return status;
    }

    private protected abstract GuestTask<ulong> ReadDeviceFeatures();

    private protected abstract GuestTask WriteDriverFeatures(ulong features);
}
