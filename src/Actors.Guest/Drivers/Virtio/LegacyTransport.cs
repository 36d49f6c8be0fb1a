using Actors.Protocol;

namespace Actors.Guest;

/// <summary>The interface before virtio 1.0 (clause 4.1.4.10): ports of BAR 0.</summary>
public sealed class LegacyTransport : VirtioPciTransport
{
    private readonly RegisterWindow _registers;

    private LegacyTransport(GuestCpu cpu, PciDevice device, MsixTable? msix, RegisterWindow registers)
        : base(cpu, device, msix) => _registers = registers;

    /// <inheritdoc/>
    public override bool IsModern => false;

    private int ConfigOffset => Msix is { IsEnabled: true } ? VirtioPciSpec.LegacyDeviceConfigMsix : VirtioPciSpec.LegacyDeviceConfig;

    /// <summary>Null when BAR 0 is not one of ports.</summary>
    internal static async GuestTask<VirtioPciTransport?> TryOpen(GuestCpu cpu, PciDevice device, MsixTable? msix, PciAddressAllocator addresses)
    {
        var bar = await device.AssignedBar(VirtioPciSpec.LegacyBar, addresses);
        return bar.Kind == PciBarKind.Io && bar.Address <= ushort.MaxValue
            ? new LegacyTransport(cpu, device, msix, new RegisterWindow(true, bar.Address, 0x100))
            : null;
    }

    /// <inheritdoc/>
    public override IoAwaitable ReadStatus() => _registers.Read(Cpu, VirtioPciSpec.LegacyStatus, 1);

    /// <inheritdoc/>
    public override IoAwaitable WriteStatus(byte status) => _registers.Write(Cpu, VirtioPciSpec.LegacyStatus, 1, status);

    /// <inheritdoc/>
    public override IoAwaitable ReadIsr() => _registers.Read(Cpu, VirtioPciSpec.LegacyIsr, 1);

    /// <inheritdoc/>
    public override IoAwaitable ReadConfig(int offset, int size) => _registers.Read(Cpu, ConfigOffset + offset, size);

    /// <inheritdoc/>
    public override IoAwaitable WriteConfig(int offset, int size, uint value) => _registers.Write(Cpu, ConfigOffset + offset, size, value);

    /// <inheritdoc/>
    public override bool HasConfig(int offset, int size) => _registers.Holds(ConfigOffset + offset, size);

    /// <summary>The legacy interface has no generation: reads until two agree.</summary>
    public override async GuestTask<uint> ReadStableConfig(int offset, int size)
    {
        var value = (uint)await ReadConfig(offset, size);
        for (var i = 0; i < MaxGenerationReads; i++)
        {
            var again = (uint)await ReadConfig(offset, size);
            if (again == value)
                break;
            value = again;
        }

        return value;
    }

    /// <inheritdoc/>
    public override async GuestTask<int> SelectQueue(int queue)
    {
        await _registers.Write(Cpu, VirtioPciSpec.LegacyQueueSelect, 2, (uint)queue);
        return ModernTransport.SizeOrNone((int)await _registers.Read(Cpu, VirtioPciSpec.LegacyQueueSize, 2));
    }

    /// <inheritdoc/>
    public override GuestTask<bool> SetConfigVector(ushort entry) => SetVector(VirtioPciSpec.LegacyConfigVector, entry);

    /// <inheritdoc/>
    public override GuestTask<bool> SetQueueVector(ushort entry) => SetVector(VirtioPciSpec.LegacyQueueVector, entry);

    /// <inheritdoc/>
    public override async GuestTask<(VirtqueueLayout Layout, QueueDoorbell Doorbell)> EnableQueue(int queue, int offered, int wanted, GuestHeap heap)
    {
        var layout = VirtqueueLayout.Legacy(heap, offered);
        await _registers.Write(Cpu, VirtioPciSpec.LegacyQueuePfn, 4, (uint)(layout.Descriptors / VirtioPciSpec.LegacyPageSize));
        return (layout, new QueueDoorbell(true, _registers.Base + VirtioPciSpec.LegacyQueueNotify, (ushort)queue));
    }

    private protected override async GuestTask<ulong> ReadDeviceFeatures() => await _registers.Read(Cpu, VirtioPciSpec.LegacyHostFeatures, 4);

    private protected override async GuestTask WriteDriverFeatures(ulong features) =>
        await _registers.Write(Cpu, VirtioPciSpec.LegacyGuestFeatures, 4, (uint)features);

    private async GuestTask<bool> SetVector(int register, ushort entry)
    {
        await _registers.Write(Cpu, register, 2, entry);
        return (ushort)await _registers.Read(Cpu, register, 2) == entry;
    }
}
