using Actors.Protocol;

namespace Actors.Guest.Tests;

public sealed class GuestRamTests
{
    private const ulong KiB = 1024;
    private const ulong GiB = 1024 * 1024 * KiB;
    private const ulong Small = 16 * KiB;
    private const ulong Split = (3 * GiB) + (8 * KiB);

    [Theory]
    [InlineData(Small, 0, Small, true)]
    [InlineData(Small, 0, Small + 1, false)]
    [InlineData(Small, Small - 1, 1, true)]
    [InlineData(Small, Small - 1, 2, false)]
    [InlineData(Small, 0, 0, true)]
    [InlineData(Small, Small - 1, 0, true)]
    [InlineData(Small, Small, 0, false)]
    [InlineData(Small, Small, 1, false)]
    [InlineData(Small, 4 * GiB, 0, false)]
    [InlineData(Small, ulong.MaxValue, 1, false)]
    [InlineData(Small, ulong.MaxValue, 0, false)]
    [InlineData(Small, ulong.MaxValue, 2, false)]
    [InlineData(Small, 1, ulong.MaxValue, false)]
    [InlineData(Small, ulong.MaxValue, ulong.MaxValue, false)]
    [InlineData(2 * GiB, (2 * GiB) - 1, 1, true)]
    [InlineData(2 * GiB, (2 * GiB) - 1, 2, false)]
    [InlineData(2 * GiB, 4 * GiB, 1, false)]
    [InlineData(Split, 0, 2 * GiB, true)]
    [InlineData(Split, 0, (2 * GiB) + 1, false)]
    [InlineData(Split, (2 * GiB) - 1, 2, false)]
    [InlineData(Split, (2 * GiB) - 1, (2 * GiB) + 2, false)]
    [InlineData(Split, 2 * GiB, 0, false)]
    [InlineData(Split, 2 * GiB, 1, false)]
    [InlineData(Split, (4 * GiB) - 1, 1, false)]
    [InlineData(Split, (4 * GiB) - 1, 2, false)]
    [InlineData(Split, 4 * GiB, 0, true)]
    [InlineData(Split, 4 * GiB, GiB + (8 * KiB), true)]
    [InlineData(Split, 4 * GiB, GiB + (8 * KiB) + 1, false)]
    [InlineData(Split, (5 * GiB) + (8 * KiB) - 1, 1, true)]
    [InlineData(Split, (5 * GiB) + (8 * KiB), 0, false)]
    public void A_range_is_RAM_only_wholly_inside_one_region(ulong bytes, ulong address, ulong length, bool expected) =>
        Assert.Equal(expected, new GuestRam(bytes).IsRam(address, length));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4097)]
    [InlineData(GuestRam.MaxBytes + 4096)]
    [InlineData(ulong.MaxValue)]
    public void An_impossible_size_is_refused(ulong bytes) => Assert.Throws<ArgumentOutOfRangeException>(() => new GuestRam(bytes));

    [Theory]
    [InlineData(4096)]
    [InlineData(GuestRam.MaxBytes)]
    public void The_smallest_and_the_largest_RAM_can_be_made_and_used_at_their_ends(ulong bytes)
    {
        var ram = new GuestRam(bytes);
        var last = bytes <= 2 * GiB ? bytes - 4 : (2 * GiB) + bytes - 4;

        Assert.True(ram.TryWriteUInt32(0, 1));
        Assert.True(ram.TryWriteUInt32(last, 0xAABBCCDD));
        Assert.True(ram.TryReadUInt32(last, out var value));
        Assert.Equal(0xAABBCCDD, value);
        Assert.Equal(bytes, ram.Bytes);
    }

    [Fact]
    public void Reading_touches_nothing_and_gives_zeroes()
    {
        var ram = new GuestRam(Split);
        var buffer = new byte[10_000];
        Array.Fill(buffer, (byte)0xFF);

        Assert.True(ram.TryRead(4 * GiB, buffer));
        Assert.True(ram.TryReadUInt16(2, out var word));
        Assert.True(ram.TryReadUInt32(4, out var doubleWord));

        Assert.All(buffer, b => Assert.Equal(0, b));
        Assert.Equal(0, word);
        Assert.Equal(0u, doubleWord);
        Assert.Equal(0, ram.TouchedPages);
    }

    [Fact]
    public void Only_written_pages_cost_memory()
    {
        var ram = new GuestRam(Split);

        Assert.True(ram.TryWrite(4095, [1, 2]));
        Assert.True(ram.TryWriteUInt16((4 * GiB) + GiB, 3));
        Assert.True(ram.TryWrite(100, [1]));

        Assert.Equal(3, ram.TouchedPages);
        Assert.Equal(3 * 4096, ram.TouchedBytes);
    }

    [Fact]
    public void An_idle_RAM_of_a_gibibyte_is_small()
    {
        _ = new GuestRam(GiB);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var ram = new GuestRam(GiB);
        ram.TryWrite(0x1000, [1]);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 4096, 4096 + 2048);
    }

    [Fact]
    public void A_refused_write_changes_nothing()
    {
        var ram = new GuestRam(Small);

        Assert.False(ram.TryWrite(Small - 2, [1, 2, 3]));
        Assert.False(ram.TryWrite(ulong.MaxValue - 1, [1, 2, 3]));
        Assert.False(ram.TryWriteUInt32(Small, 1));

        Assert.Equal(0, ram.TouchedPages);
    }

    [Fact]
    public void A_refused_read_leaves_the_destination_alone()
    {
        var ram = new GuestRam(Small);
        byte[] buffer = [1, 2, 3];

        Assert.False(ram.TryRead(Small - 2, buffer));

        Assert.Equal([1, 2, 3], buffer);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4095)]
    public void A_misaligned_16_bit_word_is_refused(ulong address)
    {
        var ram = new GuestRam(Small);

        Assert.False(ram.TryWriteUInt16(address, 1));
        Assert.False(ram.TryReadUInt16(address, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4094)]
    public void A_misaligned_32_bit_word_is_refused(ulong address)
    {
        var ram = new GuestRam(Small);

        Assert.False(ram.TryWriteUInt32(address, 1));
        Assert.False(ram.TryReadUInt32(address, out _));
    }

    [Fact]
    public void Words_are_little_endian()
    {
        var ram = new GuestRam(Small);
        var bytes = new byte[6];

        ram.TryWriteUInt32(0, 0x44332211);
        ram.TryWriteUInt16(4, 0x6655);
        ram.TryRead(0, bytes);

        Assert.Equal([0x11, 0x22, 0x33, 0x44, 0x55, 0x66], bytes);
    }

    [Fact]
    public void The_regions_do_not_alias()
    {
        var ram = new GuestRam(Split);

        ram.TryWrite((2 * GiB) - 1, [1]);
        ram.TryWrite(4 * GiB, [2]);
        ram.TryWrite(0, [3]);
        var seen = new byte[3];
        ram.TryRead((2 * GiB) - 1, seen.AsSpan(0, 1));
        ram.TryRead(4 * GiB, seen.AsSpan(1, 1));
        ram.TryRead(0, seen.AsSpan(2, 1));

        Assert.Equal([1, 2, 3], seen);
    }

    [Fact]
    public void Clearing_makes_everything_zero_and_free()
    {
        var ram = new GuestRam(Small);
        ram.TryWriteUInt32(8, 7);

        ram.Clear();

        Assert.True(ram.TryReadUInt32(8, out var value));
        Assert.Equal(0u, value);
        Assert.Equal(0, ram.TouchedPages);
        Assert.True(ram.TryWriteUInt32(8, 9));
        Assert.True(ram.TryReadUInt32(8, out value));
        Assert.Equal(9u, value);
    }
}
