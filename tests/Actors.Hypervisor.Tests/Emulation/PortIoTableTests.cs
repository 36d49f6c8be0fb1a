using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

public sealed class PortIoTableTests
{
    [Theory]
    [InlineData(0x0FF, null)]
    [InlineData(0x100, "a")]
    [InlineData(0x107, "a")]
    [InlineData(0x108, "b")]
    [InlineData(0x109, null)]
    [InlineData(0xFFFF, null)]
    public void The_first_port_decides(int port, string? owner)
    {
        var table = new PortIoTable();
        table.Add(0x100, 8, new Recorder("a"));
        table.Add(0x108, 1, new Recorder("b"));

        var result = table.Access(IoAccess.In((ushort)port, 4), out _, out var handler);

        Assert.Equal(owner, handler?.Name);
        Assert.Equal(owner is null ? EmulationResult.NotMine : EmulationResult.Done, result);
    }

    [Fact]
    public void An_access_over_a_range_s_end_goes_whole_to_its_first_port_s_owner()
    {
        var table = new PortIoTable();
        var a = new Recorder("a");
        var b = new Recorder("b");
        table.Add(0x100, 8, a);
        table.Add(0x108, 8, b);

        table.Access(IoAccess.Out(0x107, 4, 0x1234_5678), out _, out _);

        Assert.Equal([(0x107, 4, 0x1234_5678u)], a.Writes);
        Assert.Empty(b.Writes);
    }

    [Fact]
    public void Where_ranges_overlap_the_first_added_wins()
    {
        var table = new PortIoTable();
        table.Add(0x100, 8, new Recorder("a"));
        table.Add(0x100, 16, new Recorder("b"));

        Assert.Equal("a", table.Find(0x100)!.Name);
        Assert.Equal("b", table.Find(0x108)!.Name);
    }

    [Fact]
    public void A_handler_may_say_not_mine()
    {
        var table = new PortIoTable();
        table.Add(0x100, 1, new Recorder("a") { Result = EmulationResult.NotMine });

        Assert.Equal(EmulationResult.NotMine, table.Access(IoAccess.In(0x100, 1), out _, out _));
    }

    [Fact]
    public void The_table_has_a_bound()
    {
        var table = new PortIoTable();
        for (var i = 0; i < PortIoTable.MaxRanges; i++)
            table.Add((ushort)i, 1, new Recorder("x"));

        Assert.Throws<InvalidOperationException>(() => table.Add(0x100, 1, new Recorder("x")));
    }

    private sealed class Recorder(string name) : IPortHandler
    {
        public string Name => name;

        public EmulationResult Result { get; init; } = EmulationResult.Done;

        public List<(int Port, int Size, uint Value)> Writes { get; } = [];

        public EmulationResult Read(ushort port, int size, out uint value)
        {
            value = 0;
            return Result;
        }

        public EmulationResult Write(ushort port, int size, uint value)
        {
            Writes.Add((port, size, value));
            return Result;
        }
    }
}
