namespace Actors.DeviceModel.Tests;

/// <summary>The machine around a function: range tables, lines and messages, written down.</summary>
internal sealed class TestPciHost : IVirtioPciHost
{
    private readonly object _self = new();

    public PortRangeTable<object> Ports { get; init; } = new();

    public MmioRangeTable<object> Memory { get; init; } = new();

    public List<string> Effects { get; } = [];

    public List<(ulong Address, uint Data)> Messages { get; } = [];

    public List<GuestFault> Reports { get; } = [];

    public bool Intx { get; private set; }

    public SortedDictionary<int, (bool Pio, ulong Address, uint Length, bool Match, ulong Data)> Doorbells { get; } = [];

    public bool MapBar(int bar, PciBarKind kind, ulong address, ulong size)
    {
        var done = kind == PciBarKind.Io ? Ports.TryAdd(address, size, _self) : Memory.TryAdd(address, size, _self);
        Effects.Add(done ? $"map {bar} 0x{address:x}" : $"refused {bar} 0x{address:x}");
        return done;
    }

    public void UnmapBar(int bar, PciBarKind kind, ulong address, ulong size)
    {
        Assert.True(kind == PciBarKind.Io ? Ports.Remove(address, size, _self) : Memory.Remove(address, size, _self));
        Effects.Add($"unmap {bar} 0x{address:x}");
    }

    public void SetIntx(bool asserted)
    {
        Assert.NotEqual(Intx, asserted);
        Intx = asserted;
    }

    public void SendMsi(ulong address, uint data) => Messages.Add((address, data));

    public void Assign(int queue, bool pio, ulong address, uint length, bool dataMatch, ulong data) =>
        Doorbells.Add(queue, (pio, address, length, dataMatch, data));

    public void Deassign(int queue) => Assert.True(Doorbells.Remove(queue));

    public void Report(in GuestFault fault) => Reports.Add(fault);
}
