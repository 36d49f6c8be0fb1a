namespace Actors.Hypervisor.Tests;

public sealed class IoApicTests
{
    private const ulong LevelEntry = 0x8000;
    private const ulong MaskedEntry = 0x1_0000;

    private readonly IoApic _ioApic = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void Accesses_that_are_not_of_4_bytes_are_refused(int size)
    {
        Assert.Equal(EmulationResult.Refused, _ioApic.Read(0, size, out _));
        Assert.Equal(EmulationResult.Refused, _ioApic.Write(0x10, size, 0, out var pin));
        Assert.Equal(-1, pin);
    }

    [Fact]
    public void It_says_that_it_has_48_pins_all_masked()
    {
        Assert.Equal(0x002F_0011u, Read(1));
        for (var pin = 0; pin < 48; pin++)
        {
            Assert.Equal(0x1_0000u, Read(0x10 + (2 * pin)));
            Assert.Equal(0u, Read(0x11 + (2 * pin)));
        }
    }

    [Fact]
    public void Entries_hold_what_is_writable()
    {
        Program(47, 0xFFFF_FFFF_FFFF_FFFF);

        Assert.Equal(0x1_AFFFu, Read(0x10 + 94));
        Assert.Equal(0xFF00_0000u, Read(0x11 + 94));
        Write(0, 0xFFFF_FFFF);
        Assert.Equal(0x0F00_0000u, Read(0));
        Assert.Equal(0x0F00_0000u, Read(2));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0x0F)]
    [InlineData(0x70)]
    [InlineData(0xFF)]
    public void Registers_that_do_not_exist_read_zero_and_take_no_write(int register)
    {
        Write(register, 0xFFFF_FFFF);

        Assert.Equal(0u, Read(register));
        Assert.Equal(MaskedEntry, _ioApic.EntryOf(47));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(0x20)]
    [InlineData(0xFFC)]
    public void Other_offsets_read_ones(int offset)
    {
        Assert.Equal(EmulationResult.Done, _ioApic.Read((ulong)offset, 4, out var value));
        Assert.Equal(0xFFFF_FFFFUL, value);
    }

    [Fact]
    public void An_edge_is_sent_at_the_rise_only()
    {
        Program(5, 0x45);

        Assert.True(_ioApic.SetLine(5, asserted: true));
        Assert.False(_ioApic.SetLine(5, asserted: true));
        Assert.False(_ioApic.SetLine(5, asserted: false));
        Assert.True(_ioApic.SetLine(5, asserted: true));
    }

    [Fact]
    public void An_edge_under_the_mask_is_lost()
    {
        Program(5, 0x45 | MaskedEntry);
        Assert.False(_ioApic.SetLine(5, asserted: true));
        Program(5, 0x45);

        Assert.False(_ioApic.IsDue(5));
        Assert.False(_ioApic.SetLine(5, asserted: true));
    }

    [Fact]
    public void A_level_is_sent_once_until_EOI_and_again_while_it_is_asserted()
    {
        Program(20, 0x45 | LevelEntry);

        Assert.True(_ioApic.SetLine(20, asserted: true));
        _ioApic.Taken(20);
        Assert.Equal(0x4000u, Read(0x10 + 40) & 0x4000);
        Assert.False(_ioApic.IsDue(20));
        Assert.False(_ioApic.SetLine(20, asserted: true));

        _ioApic.End(0x46);
        Assert.False(_ioApic.IsDue(20));
        _ioApic.End(0x45);
        Assert.True(_ioApic.IsDue(20));

        _ioApic.SetLine(20, asserted: false);
        Assert.False(_ioApic.IsDue(20));
    }

    [Fact]
    public void A_level_under_the_mask_waits()
    {
        Program(20, 0x45 | LevelEntry | MaskedEntry);
        Assert.False(_ioApic.SetLine(20, asserted: true));
        Assert.False(_ioApic.IsDue(20));

        Program(20, 0x45 | LevelEntry);
        Assert.True(_ioApic.IsDue(20));
    }

    [Fact]
    public void To_edge_and_back_clears_remote_IRR()
    {
        Program(20, 0x45 | LevelEntry);
        _ioApic.SetLine(20, asserted: true);
        _ioApic.Taken(20);
        Program(20, 0x45 | MaskedEntry);
        Program(20, 0x45 | LevelEntry);

        Assert.True(_ioApic.IsDue(20));
    }

    [Fact]
    public void Reset_masks_everything_and_lowers_the_lines()
    {
        Program(20, 0x45 | LevelEntry);
        _ioApic.SetLine(20, asserted: true);
        _ioApic.Reset();

        Assert.False(_ioApic.IsAsserted(20));
        Assert.Equal(MaskedEntry, _ioApic.EntryOf(20));
    }

    private void Program(int pin, ulong entry)
    {
        Write(0x11 + (2 * pin), (uint)(entry >> 32));
        Write(0x10 + (2 * pin), (uint)entry);
    }

    private uint Read(int register)
    {
        _ioApic.Write(0, 4, (ulong)register, out _);
        _ioApic.Read(0x10, 4, out var value);
        return (uint)value;
    }

    private void Write(int register, uint value)
    {
        _ioApic.Write(0, 4, (ulong)register, out _);
        _ioApic.Write(0x10, 4, value, out _);
    }
}
