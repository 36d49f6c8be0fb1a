using Actors.Protocol;

namespace Actors.Guest;

/// <summary>A function's MSI-X table (PCI 3.0 clause 6.8.2).</summary>
public sealed class MsixTable
{
    private readonly GuestCpu _cpu;
    private readonly PciDevice _device;
    private readonly PciCapability _capability;
    private readonly ulong _table;
    private ushort _control;

    private MsixTable(GuestCpu cpu, PciDevice device, PciCapability capability, ulong table)
    {
        _cpu = cpu;
        _device = device;
        _capability = capability;
        _table = table;
        _control = capability.Control;
        Count = (capability.Control & 0x7FF) + 1;
    }

    /// <summary>Entries.</summary>
    public int Count { get; }

    /// <summary>True when the function sends MSI-X messages in place of INTx.</summary>
    public bool IsEnabled => (_control & PciSpec.MsixEnable) != 0;

    /// <summary>Finds the table; null when it doesn't lie in a memory BAR.</summary>
    public static async GuestTask<MsixTable?> Open(GuestCpu cpu, PciDevice device, PciCapability capability, PciAddressAllocator addresses)
    {
        var place = await device.Read(capability.Offset + PciSpec.MsixTable, 4);
        var index = (int)(place & 7);
        if (index >= PciSpec.Bars)
            return null;
        var bar = await device.AssignedBar(index, addresses);
        return bar.IsMemory ? new MsixTable(cpu, device, capability, bar.Address + (place & ~7u)) : null;
    }

    /// <summary>Message of an entry, which is unmasked afterwards. An enabled table's entry is masked while it changes.</summary>
    public async GuestTask Set(int entry, ulong address, uint data)
    {
        if (IsEnabled)
            await Mask(entry);
        await _cpu.Store(EntryAt(entry), 4, (uint)address);
        await _cpu.Store(EntryAt(entry) + 4, 4, (uint)(address >> 32));
        await _cpu.Store(EntryAt(entry) + 8, 4, data);
        await Unmask(entry);
    }

    /// <summary>Holds an entry's messages back: the device keeps them pending.</summary>
    public IoAwaitable Mask(int entry) => _cpu.Store(EntryAt(entry) + 12, 4, PciSpec.MsixEntryMasked);

    /// <summary>Lets an entry's messages through; a pending one is sent now.</summary>
    public IoAwaitable Unmask(int entry) => _cpu.Store(EntryAt(entry) + 12, 4, 0);

    /// <summary>Turns MSI-X on or off.</summary>
    public GuestTask Enable(bool on = true) => WriteControl(PciSpec.MsixEnable, on);

    /// <summary>Masks all entries at once, or gives each its own mask back.</summary>
    public GuestTask MaskFunction(bool on) => WriteControl(PciSpec.MsixFunctionMask, on);

    private ulong EntryAt(int entry)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)entry, (uint)Count, nameof(entry));
        return _table + ((ulong)entry * PciSpec.MsixEntrySize);
    }

    private GuestTask WriteControl(ushort bit, bool on)
    {
        _control = (ushort)(on ? _control | bit : _control & ~bit);
        return _device.Write(_capability.Offset + PciSpec.MsixControl, 2, _control);
    }
}
