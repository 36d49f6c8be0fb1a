using CsCheck;

namespace Actors.DeviceModel.Tests;

public sealed class RangeTableTests
{
    private readonly object _a = new();
    private readonly object _b = new();

    [Fact]
    public void The_first_port_decides_and_the_whole_access_must_be_inside()
    {
        var ports = new PortRangeTable<object>();
        Assert.True(ports.TryAdd(0x2000, 0x40, _a));
        Assert.True(ports.TryAdd(0x2040, 0x40, _b));

        Assert.Same(_a, ports.Find(0x2000, 4, out _));
        Assert.Same(_a, ports.Find(0x203C, 4, out var first));
        Assert.Equal(0x2000UL, first);
        Assert.Null(ports.Find(0x203E, 4, out _));
        Assert.Null(ports.Find(0x1FFF, 2, out _));
        Assert.Same(_b, ports.Find(0x2040, 1, out _));
        Assert.Null(ports.Find(0x2080, 1, out _));
    }

    [Theory]
    [InlineData(0xFFFF, 2)]
    [InlineData(0x1_0000, 1)]
    [InlineData(ulong.MaxValue, 4)]
    [InlineData(0xFFC0, 3)]
    [InlineData(0xFFC0, 8)]
    [InlineData(0xFFC0, 0)]
    public void Port_accesses_of_odd_size_or_outside_the_port_space_are_nobodys(ulong port, int size)
    {
        var ports = new PortRangeTable<object>();
        Assert.True(ports.TryAdd(0xFFC0, 0x40, _a));

        Assert.Null(ports.Find(port, size, out _));
    }

    [Theory]
    [InlineData(1, 0xFFUL)]
    [InlineData(2, 0xFFFFUL)]
    [InlineData(4, 0xFFFF_FFFFUL)]
    public void An_unowned_port_reads_as_ones_of_the_access_size(int size, ulong expected) => Assert.Equal(expected, PortRangeTable<object>.DefaultRead(size));

    [Fact]
    public void Registration_is_all_or_nothing()
    {
        var ports = new PortRangeTable<object>();
        Assert.True(ports.TryAdd(0x2010, 0x10, _a));

        Assert.False(ports.TryAdd(0x2000, 0x11, _b));
        Assert.False(ports.TryAdd(0x201F, 1, _b));
        Assert.False(ports.TryAdd(0xFFF0, 0x20, _b));
        Assert.False(ports.TryAdd(0x3000, 0, _b));
        Assert.Null(ports.Find(0x2000, 1, out _));
        Assert.True(ports.TryAdd(0x2000, 0x10, _b));
    }

    [Fact]
    public void P1_Only_the_owner_of_a_range_takes_it_away_and_only_as_a_whole()
    {
        var memory = new MmioRangeTable<object>();
        Assert.True(memory.TryAdd(0x8000_0000, 0x1000, _a));

        Assert.False(memory.Remove(0x8000_0000, 0x1000, _b));
        Assert.False(memory.Remove(0x8000_0000, 0x800, _a));
        Assert.False(memory.Remove(0x8000_0800, 0x800, _a));
        Assert.Same(_a, memory.Find(0x8000_0000, 8, out _));
        Assert.True(memory.Remove(0x8000_0000, 0x1000, _a));
        Assert.Null(memory.Find(0x8000_0000, 8, out _));
    }

    [Fact]
    public void Reserved_memory_is_nobodys_and_stays_so()
    {
        var memory = new MmioRangeTable<object>();
        Assert.True(memory.TryReserve(0, 0x10_0000));

        Assert.False(memory.TryAdd(0xF_F000, 0x1000, _a));
        Assert.Null(memory.Find(0x1000, 4, out _));
    }

    [Fact]
    public void Ranges_reach_the_last_byte_of_the_address_space_and_never_wrap()
    {
        var memory = new MmioRangeTable<object>();

        Assert.False(memory.TryAdd(ulong.MaxValue, 2, _a));
        Assert.True(memory.TryAdd(ulong.MaxValue - 7, 8, _a));
        Assert.Same(_a, memory.Find(ulong.MaxValue - 7, 8, out _));
        Assert.Null(memory.Find(ulong.MaxValue - 3, 8, out _));
        Assert.Null(memory.Find(ulong.MaxValue - 8, 8, out _));
    }

    [Fact]
    public void A_table_has_a_bound()
    {
        var table = new RangeTable<object>();
        for (var i = 0; i < RangeTable<object>.Capacity; i++)
            Assert.True(table.TryAdd((ulong)i * 2, 1, _a));

        Assert.False(table.TryAdd(1, 1, _b));
        table.RemoveAll(_a);
        Assert.Equal(0, table.Count);
        Assert.True(table.TryAdd(1, 1, _b));
    }

    [Fact]
    public void The_table_agrees_with_a_list_of_ports()
    {
        var owners = new[] { new object(), new object(), new object() };
        var step = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 63], Gen.Int[0, 9], Gen.Int[0, 2]);
        step.Array[0, 40].Sample(
            steps =>
            {
                var table = new RangeTable<object>();
                var model = new object?[80];
                var ranges = new List<(int First, int Length, object Owner)>();
                foreach (var (kind, first, length, who) in steps)
                {
                    var owner = owners[who];
                    if (kind < 2)
                    {
                        var free = length > 0 && Enumerable.Range(first, length).All(at => model[at] is null);
                        Assert.Equal(free, table.TryAdd((ulong)first, (ulong)length, owner));
                        if (!free)
                            continue;
                        ranges.Add((first, length, owner));
                        Array.Fill(model, owner, first, length);
                    }
                    else
                    {
                        var known = ranges.Remove((first, length, owner));
                        Assert.Equal(known, table.Remove((ulong)first, (ulong)length, owner));
                        if (known)
                            Array.Fill(model, null, first, length);
                    }
                }

                for (var at = 0; at < model.Length; at++)
                    Assert.Same(model[at], table.Find((ulong)at, 1, out _));
            });
    }
}
