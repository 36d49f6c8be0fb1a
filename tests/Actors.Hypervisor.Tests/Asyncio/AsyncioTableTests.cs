using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

public sealed class AsyncioTableTests
{
    [Theory]
    [InlineData("PortIo", 0x2010UL, 2, "Ok")]
    [InlineData("PortIo", 0xFFFFUL, 1, "Ok")]
    [InlineData("PortIo", 0x1_0000UL, 1, "Invalid")]
    [InlineData("PortIo", 0x2010UL, 8, "Invalid")]
    [InlineData("Mmio", 0x2010UL, 8, "Ok")]
    [InlineData("Mmio", 0x2010UL, 0, "Invalid")]
    [InlineData("Mmio", 0x2010UL, 3, "Invalid")]
    [InlineData("Mmio", 0UL, 4, "Invalid")]
    [InlineData("PciConfig", 0x2010UL, 4, "Invalid")]
    [InlineData("WriteProtect", 0x2010UL, 4, "Invalid")]
    public void Assigning_says_what_came_of_it(string type, ulong address, int length, string expected) =>
        Assert.Equal(expected, new AsyncioTable().Assign(Entry(Enum.Parse<IoRequestType>(type), address, (byte)length)).ToString());

    [Theory]
    [InlineData(false, 0UL, false, 0UL, true)]
    [InlineData(false, 0UL, true, 1UL, true)]
    [InlineData(true, 1UL, false, 0UL, true)]
    [InlineData(true, 1UL, true, 1UL, true)]
    [InlineData(true, 1UL, true, 2UL, false)]
    public void Two_entries_conflict_unless_both_match_different_data(bool firstMatch, ulong first, bool secondMatch, ulong second, bool conflict)
    {
        var table = new AsyncioTable();
        table.Assign(new AsyncioDescriptor(IoRequestType.PortIo, 0x2010, 2, firstMatch, first, 1));

        var result = table.Assign(new AsyncioDescriptor(IoRequestType.PortIo, 0x2010, 2, secondMatch, second, 2));

        Assert.Equal(conflict ? Errno.Exists : Errno.Ok, result);
        Assert.Equal(Errno.Ok, table.Assign(new AsyncioDescriptor(IoRequestType.Mmio, 0x2010, 2, false, 0, 3)));
    }

    [Fact]
    public void Queues_that_share_a_notify_port_are_told_apart_by_data()
    {
        var table = new AsyncioTable();
        table.Assign(new AsyncioDescriptor(IoRequestType.PortIo, 0x2010, 2, true, 0, 100));
        table.Assign(new AsyncioDescriptor(IoRequestType.PortIo, 0x2010, 2, true, 1, 101));

        Assert.True(table.TryMatch(IoAccess.Out(0x2010, 2, 1), out var cookie));
        Assert.Equal(101UL, cookie);
        Assert.False(table.TryMatch(IoAccess.Out(0x2010, 2, 2), out _));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(4, false)]
    public void A_write_matches_up_to_the_entry_s_length(int size, bool matches)
    {
        var table = new AsyncioTable();
        table.Assign(Entry(IoRequestType.Mmio, 0x1000, 2));

        Assert.Equal(matches, table.TryMatch(IoAccess.Store(0x1000, size, 0), out _));
    }

    [Fact]
    public void A_read_an_address_beside_and_another_space_do_not_match()
    {
        var table = new AsyncioTable();
        table.Assign(Entry(IoRequestType.Mmio, 0x1000, 4));

        Assert.False(table.TryMatch(IoAccess.Load(0x1000, 4), out _));
        Assert.False(table.TryMatch(IoAccess.Store(0x1001, 1, 0), out _));
        Assert.False(table.TryMatch(IoAccess.Out(0x1000, 4, 0), out _));
    }

    [Fact]
    public void There_are_64_entries_and_a_removed_one_makes_room()
    {
        var table = new AsyncioTable();
        for (var i = 1; i <= 64; i++)
            Assert.Equal(Errno.Ok, table.Assign(Entry(IoRequestType.Mmio, (ulong)i, 4)));

        Assert.Equal(Errno.NoSpace, table.Assign(Entry(IoRequestType.Mmio, 65, 4)));
        Assert.Equal(Errno.Ok, table.Deassign(Entry(IoRequestType.Mmio, 7, 4)));
        Assert.Equal(Errno.NoEntry, table.Deassign(Entry(IoRequestType.Mmio, 7, 4)));
        Assert.False(table.TryMatch(IoAccess.Store(7, 4, 0), out _));
        Assert.True(table.TryMatch(IoAccess.Store(64, 4, 0), out _));
        Assert.Equal(Errno.Ok, table.Assign(Entry(IoRequestType.Mmio, 65, 4)));
    }

    private static AsyncioDescriptor Entry(IoRequestType type, ulong address, byte length) => new(type, address, length, false, 0, 42);
}
