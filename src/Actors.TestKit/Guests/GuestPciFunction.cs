using Actors.Guest;
using Actors.Protocol;

namespace Actors.TestKit;

/// <summary>
/// A PCI function in a guest's hands, as its driver has it: found by its place, decoding and mastering the bus, its BARs where firmware put them. <see cref="GuestSession.Pci"/> gives it.
/// </summary>
public sealed class GuestPciFunction : IInterruptSource
{
    private readonly GuestSession _guest;
    private readonly PciBar[] _bars;
    private Func<GuestTask>? _served;

    private GuestPciFunction(GuestSession guest, PciDevice device, PciBar[] bars)
    {
        _guest = guest;
        Device = device;
        _bars = bars;
    }

    /// <summary>Configuration space, ids and capabilities.</summary>
    public PciDevice Device { get; }

    /// <summary>A BAR: its kind, address and size.</summary>
    /// <param name="index">0 to 5.</param>
    public PciBar Bar(int index) => _bars[index];

    /// <summary>Reads 1, 2, 4 or (memory) 8 bytes of a BAR.</summary>
    public async GuestTask<ulong> Read(int bar, uint offset, int size = 4) => _bars[bar].IsMemory
        ? await _guest.Cpu.Load(_bars[bar].Address + offset, size)
        : await _guest.Cpu.In((ushort)(_bars[bar].Address + offset), size);

    /// <summary>Writes 1, 2, 4 or (memory) 8 bytes of a BAR.</summary>
    public async GuestTask Write(int bar, uint offset, ulong value, int size = 4)
    {
        if (_bars[bar].IsMemory)
            await _guest.Cpu.Store(_bars[bar].Address + offset, size, value);
        else
            await _guest.Cpu.Out((ushort)(_bars[bar].Address + offset), size, (uint)value);
    }

    /// <summary>Turns MSI-X on and routes entries of its table to this processor, each with a vector of its own.</summary>
    /// <param name="entries">How many, from entry 0.</param>
    /// <returns>The vectors.</returns>
    /// <exception cref="InvalidOperationException">The function has no MSI-X, or not so many entries.</exception>
    public async GuestTask<byte[]> UseMsix(int entries = 1)
    {
        foreach (var capability in await Device.ReadCapabilities())
        {
            if (capability.Id != PciSpec.CapabilityMsix || await MsixTable.Open(_guest.Cpu, Device, capability, _guest.Platform.Pci.Addresses) is not { } table || table.Count < entries)
                continue;
            var vectors = new byte[entries];
            for (var entry = 0; entry < entries; entry++)
            {
                vectors[entry] = _guest.Platform.Interrupts.Allocate();
                await table.Set(entry, PlatformSpec.MsiAddressBase | ((ulong)_guest.Platform.ApicId << 12), vectors[entry]);
            }

            await table.Enable();
            return vectors;
        }

        throw new InvalidOperationException($"Function {Device.Function} has no MSI-X table with {entries} entries.");
    }

    /// <summary>Routes the function's INTx pin to this processor.</summary>
    /// <param name="serve">What takes the request off the line: awaited each time the interrupt comes, before its end.</param>
    /// <returns>The vector.</returns>
    public async GuestTask<byte> UseIntx(Func<GuestTask> serve)
    {
        ArgumentNullException.ThrowIfNull(serve);
        _served = serve;
        var line = await Device.Read(PciSpec.InterruptLine, 1);
        return await _guest.Platform.Interrupts.AttachLine(_guest.Platform.IoApic, (int)line, _guest.Platform.ApicId, this);
    }

    /// <inheritdoc/>
    async GuestTask IInterruptSource.Acknowledge()
    {
        if (_served is { } served)
            await served();
    }

    internal static async GuestTask<GuestPciFunction> Open(GuestSession guest, Bdf at)
    {
        var device = await guest.Platform.Pci.Probe(at) ?? throw new InvalidOperationException($"The guest finds nothing at {at}.");
        await device.Identify();
        await device.ChangeCommand(PciSpec.CommandIo | PciSpec.CommandMemory | PciSpec.CommandBusMaster, PciSpec.CommandIntxDisable);
        return new GuestPciFunction(guest, device, await device.SizeBars());
    }
}
