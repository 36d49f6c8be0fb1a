using Actors.Protocol;

namespace Actors.Guest;

/// <summary>A PCI function that answered.</summary>
public sealed class PciDevice
{
    /// <summary>Most capabilities that fit into configuration space: a list that is longer loops.</summary>
    public const int MaxCapabilities = (PciSpec.ConfigSize - FirstCapability) / 4;

    private const int FirstCapability = 0x40;
    private const uint Ones = uint.MaxValue;

    private readonly IPciConfigAccess _config;

    internal PciDevice(IPciConfigAccess config, Bdf function, uint id)
    {
        _config = config;
        Function = function;
        VendorId = (ushort)id;
        DeviceId = (ushort)(id >> 16);
    }

    /// <summary>Where it sits.</summary>
    public Bdf Function { get; }

    /// <summary>Vendor id.</summary>
    public ushort VendorId { get; }

    /// <summary>Device id.</summary>
    public ushort DeviceId { get; }

    /// <summary>Class 23:16, sub-class 15:8, programming interface 7:0. 0 until <see cref="Identify"/>.</summary>
    public uint ClassCode { get; private set; }

    /// <summary>Revision. 0 until <see cref="Identify"/>.</summary>
    public byte Revision { get; private set; }

    /// <summary>Header type with the multi-function bit. 0 until <see cref="Identify"/>.</summary>
    public byte HeaderType { get; private set; }

    /// <summary>True when other functions of the slot may answer.</summary>
    public bool IsMultiFunction => (HeaderType & 0x80) != 0;

    /// <summary>Reads configuration space.</summary>
    public GuestTask<uint> Read(int register, int size) => _config.Read(Function, register, size);

    /// <summary>Writes configuration space.</summary>
    public GuestTask Write(int register, int size, uint value) => _config.Write(Function, register, size, value);

    /// <summary>Reads class, revision and header type.</summary>
    public async GuestTask Identify()
    {
        var word = await Read(PciSpec.Revision, 4);
        Revision = (byte)word;
        ClassCode = word >> 8;
        HeaderType = (byte)await Read(PciSpec.HeaderType, 1);
    }

    /// <summary>Sets and clears bits of the command register; writes only when something changes. Returns what it was.</summary>
    public async GuestTask<ushort> ChangeCommand(ushort set, ushort clear)
    {
        var old = (ushort)await Read(PciSpec.Command, 2);
        var wanted = (ushort)((old | set) & ~clear);
        if (wanted != old)
            await Write(PciSpec.Command, 2, wanted);
        return old;
    }

    /// <summary>A BAR as it stands, not sized.</summary>
    public async GuestTask<PciBar> ReadBar(int index)
    {
        var low = await Read(RegisterOf(index), 4);
        var high = PciBar.IsWide(low) && index + 1 < PciSpec.Bars ? await Read(RegisterOf(index + 1), 4) : 0;
        return PciBar.Parse(index, low, high);
    }

    /// <summary>All BARs with their sizes. Decoding is off meanwhile, and as before afterwards.</summary>
    public async GuestTask<PciBar[]> SizeBars()
    {
        var bars = new PciBar[BarCount()];
        var command = await ChangeCommand(0, PciSpec.CommandIo | PciSpec.CommandMemory);
        for (var index = 0; index < bars.Length; index++)
        {
            bars[index] = await SizeBar(index);
            if (bars[index].Kind == PciBarKind.Memory64 && index + 1 < bars.Length)
            {
                bars[index + 1] = new(index + 1, PciBarKind.None, 0, 0, false);
                index++;
            }
        }

        await RestoreDecode(command);
        return bars;
    }

    /// <summary>Moves a BAR. Decoding is off meanwhile, and as before afterwards.</summary>
    public async GuestTask Relocate(int index, ulong address)
    {
        var command = await ChangeCommand(0, PciSpec.CommandIo | PciSpec.CommandMemory);
        var low = await Read(RegisterOf(index), 4);
        await Write(RegisterOf(index), 4, (uint)address);
        if (PciBar.IsWide(low) && index + 1 < PciSpec.Bars)
            await Write(RegisterOf(index + 1), 4, (uint)(address >> 32));
        await RestoreDecode(command);
    }

    /// <summary>A BAR that has an address: the one it has, or a new one. Kind None when there is no such BAR or no room for it.</summary>
    public async GuestTask<PciBar> AssignedBar(int index, PciAddressAllocator addresses)
    {
        var bar = await ReadBar(index);
        if (bar.Address != 0)
            return bar;
        var command = await ChangeCommand(0, PciSpec.CommandIo | PciSpec.CommandMemory);
        bar = await SizeBar(index);
        var address = addresses.Allocate(bar.Kind, bar.Size);
        await RestoreDecode(command);
        if (address == 0)
            return new(index, PciBarKind.None, 0, 0, false);
        await Relocate(index, address);
        return bar with { Address = address };
    }

    /// <summary>The capability list. Bounded whatever the pointers say: each place is visited once.</summary>
    public async GuestTask<List<PciCapability>> ReadCapabilities()
    {
        var found = new List<PciCapability>();
        if (((await Read(PciSpec.Status, 2)) & PciSpec.StatusCapabilities) == 0)
            return found;

        var visited = 0UL;
        var next = (int)(await Read(PciSpec.CapabilityPointer, 1)) & 0xFC;
        while (next >= FirstCapability && found.Count < MaxCapabilities)
        {
            var bit = 1UL << (next >> 2);
            if ((visited & bit) != 0)
                break;
            visited |= bit;
            var header = await Read(next, 4);
            if (header == Ones)
                break;
            found.Add(new(next, header));
            next = (int)(header >> 8) & 0xFC;
        }

        return found;
    }

    private static int RegisterOf(int bar) => PciSpec.Bar0 + (4 * bar);

    private int BarCount() => (HeaderType & 0x7F) switch { 0 => PciSpec.Bars, 1 => 2, _ => 0 };

    private async GuestTask<PciBar> SizeBar(int index)
    {
        var low = await Read(RegisterOf(index), 4);
        await Write(RegisterOf(index), 4, Ones);
        var lowMask = await Read(RegisterOf(index), 4);
        await Write(RegisterOf(index), 4, low);
        if (lowMask == 0)
            return new(index, PciBarKind.None, 0, 0, false);

        uint high = 0;
        uint highMask = 0;
        if (PciBar.IsWide(low) && index + 1 < PciSpec.Bars)
        {
            high = await Read(RegisterOf(index + 1), 4);
            await Write(RegisterOf(index + 1), 4, Ones);
            highMask = await Read(RegisterOf(index + 1), 4);
            await Write(RegisterOf(index + 1), 4, high);
        }

        var bar = PciBar.Parse(index, low, high);
        return bar with { Size = PciBar.SizeOf(bar.Kind, lowMask, highMask) };
    }

    private async GuestTask RestoreDecode(ushort command)
    {
        if ((command & (PciSpec.CommandIo | PciSpec.CommandMemory)) != 0)
            await Write(PciSpec.Command, 2, command);
    }
}
