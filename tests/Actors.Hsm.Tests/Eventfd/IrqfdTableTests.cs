using Actors.Protocol;

namespace Actors.Hsm.Tests;

public sealed class IrqfdTableTests
{
    private readonly IrqfdTable _table = new();

    [Fact]
    public void A_cookie_names_one_interrupt_until_it_is_taken_back()
    {
        Assert.Equal(Errno.Ok, _table.Assign(1, 5, 0xFEE0_1000, 0x41));
        Assert.Equal(Errno.Busy, _table.Assign(2, 5, 0xFEE0_2000, 0x42));
        Assert.True(_table.TryFind(5, out ulong address, out uint data));
        Assert.Equal((0xFEE0_1000UL, 0x41U), (address, data));
        Assert.True(_table.Deassign(5));
        Assert.False(_table.Deassign(5));
        Assert.False(_table.TryFind(5, out _, out _));
        Assert.Equal(Errno.Ok, _table.Assign(3, 5, 0xFEE0_2000, 0x42));
    }

    [Fact]
    public void The_very_same_message_again_is_no_second_assign()
    {
        Assert.Equal(Errno.Ok, _table.Assign(1, 5, 0xFEE0_1000, 0x41));
        Assert.Equal(Errno.Ok, _table.Assign(1, 5, 0xFEE0_1000, 0x41));
        Assert.Equal(Errno.Busy, _table.Assign(1, 5, 0xFEE0_1000, 0x42));
        Assert.Equal(1, _table.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1UL << 63)]
    [InlineData(ulong.MaxValue)]
    public void A_cookie_that_could_not_be_a_source_is_refused(ulong cookie) => Assert.Equal(Errno.BadDescriptor, _table.Assign(1, cookie, 0, 0));

    [Fact]
    public void A_table_has_a_bound_and_finds_each_of_its_cookies()
    {
        for (ulong i = VmLimits.MaxIrqfds; i > 0; i--)
            Assert.Equal(Errno.Ok, _table.Assign(1, i * 3, 0xFEE0_0000, (uint)i));
        Assert.Equal(Errno.NoSpace, _table.Assign(1, 5000, 0, 0));
        for (ulong i = 1; i <= VmLimits.MaxIrqfds; i++)
        {
            Assert.True(_table.TryFind(i * 3, out _, out uint data));
            Assert.Equal((uint)i, data);
            Assert.False(_table.TryFind((i * 3) + 1, out _, out _));
        }
    }
}
