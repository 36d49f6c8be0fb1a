namespace Actors.Hypervisor.Tests;

public sealed class PicPairTests
{
    private readonly PicPair _pic = new();

    [Fact]
    public void A_pair_that_nobody_initialised_is_silent()
    {
        _pic.SetLine(4, high: true);

        Assert.Equal(-1, _pic.Pending);
    }

    [Theory]
    [InlineData(0, 0x20)]
    [InlineData(4, 0x24)]
    [InlineData(8, 0x28)]
    [InlineData(15, 0x2F)]
    public void A_line_becomes_its_vector(int line, byte vector)
    {
        Initialise();
        _pic.SetLine(line, high: true);

        Assert.Equal(line, _pic.Pending);
        Assert.Equal(vector, Acknowledge(line));
        Assert.Equal(-1, _pic.Pending);
    }

    [Fact]
    public void Lower_lines_go_first_and_the_secondary_counts_as_line_2()
    {
        Initialise();
        foreach (var line in new[] { 7, 3, 12, 1 })
            _pic.SetLine(line, high: true);

        Assert.Equal([1, 12, 3, 7], new[] { TakeAndEnd(), TakeAndEnd(), TakeAndEnd(), TakeAndEnd() });
    }

    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    public void An_edge_between_the_offer_of_a_line_and_its_taking_is_served_after_EOI(int line)
    {
        Initialise();
        _pic.SetLine(line, high: true);
        _pic.Offer(line);
        Assert.Equal(-1, _pic.Pending);
        _pic.SetLine(line, high: false);
        _pic.SetLine(line, high: true);
        _pic.Take(line);
        Assert.Equal(-1, _pic.Pending);

        _pic.Write(0xA0, 1, 0x20);
        _pic.Write(0x20, 1, 0x20);
        Assert.Equal(line, _pic.Pending);
    }

    [Fact]
    public void What_is_in_service_keeps_itself_and_lower_ones_out_until_EOI()
    {
        Initialise();
        _pic.SetLine(5, high: true);
        Acknowledge(5);
        _pic.SetLine(6, high: true);
        Assert.Equal(-1, _pic.Pending);
        _pic.SetLine(1, high: true);
        Assert.Equal(1, _pic.Pending);
        Acknowledge(1);

        Out(0x20, 0x20);
        Assert.Equal(-1, _pic.Pending);
        Out(0x20, 0x65);
        Assert.Equal(6, _pic.Pending);
    }

    [Fact]
    public void The_mask_holds_lines_back_and_is_readable()
    {
        Initialise();
        Out(0x21, 0x10);
        _pic.SetLine(4, high: true);
        Assert.Equal(-1, _pic.Pending);
        Assert.Equal(0x10, In(0x21));

        Out(0x21, 0x00);
        Assert.Equal(4, _pic.Pending);
    }

    [Fact]
    public void A_level_line_asks_again_after_EOI_and_an_edge_does_not()
    {
        Initialise();
        Out(0x4D0, 0x20);
        _pic.SetLine(5, high: true);
        _pic.SetLine(6, high: true);
        Assert.Equal(5, TakeAndEnd());
        Assert.Equal(5, TakeAndEnd());
        _pic.SetLine(5, high: false);
        Assert.Equal(6, TakeAndEnd());
        Assert.Equal(-1, _pic.Pending);
    }

    [Fact]
    public void An_edge_that_falls_before_it_is_taken_is_gone()
    {
        Initialise();
        _pic.SetLine(6, high: true);
        _pic.SetLine(6, high: false);

        Assert.Equal(-1, _pic.Pending);
    }

    [Fact]
    public void Edge_level_registers_refuse_timer_keyboard_cascade_clock_and_coprocessor()
    {
        Out(0x4D0, 0xFF);
        Out(0x4D1, 0xFF);

        Assert.Equal(0xF8, In(0x4D0));
        Assert.Equal(0xDE, In(0x4D1));
    }

    [Fact]
    public void OCW3_shows_request_or_service()
    {
        Initialise();
        _pic.SetLine(3, high: true);
        Assert.Equal(0x08, In(0x20));
        Acknowledge(3);
        Out(0x20, 0x0B);
        Assert.Equal(0x08, In(0x20));
        Out(0x20, 0x0A);
        Assert.Equal(0x00, In(0x20));
    }

    [Fact]
    public void Poll_takes_a_line_without_a_processor()
    {
        Initialise();
        _pic.SetLine(3, high: true);
        Out(0x20, 0x0C);

        Assert.Equal(0x83, In(0x20));
        Assert.Equal(-1, _pic.Pending);
    }

    [Fact]
    public void Rotation_puts_the_line_that_ended_last()
    {
        Initialise();
        _pic.SetLine(3, high: true);
        Acknowledge(3);
        Out(0x20, 0xA0); // rotate on EOI: 3 is the lowest now
        _pic.SetLine(3, high: false);
        _pic.SetLine(3, high: true);
        _pic.SetLine(7, high: true);

        Assert.Equal(7, _pic.Pending);
    }

    [Fact]
    public void Automatic_EOI_leaves_nothing_in_service()
    {
        Initialise(icw4: 0x03);
        _pic.SetLine(3, high: true);
        Acknowledge(3);
        _pic.SetLine(6, high: true);

        Assert.Equal(6, _pic.Pending);
    }

    [Fact]
    public void Special_mask_lets_lower_lines_through_a_masked_one()
    {
        Initialise();
        _pic.SetLine(3, high: true);
        Acknowledge(3);
        _pic.SetLine(6, high: true);
        Out(0x21, 0x08);
        Out(0x20, 0x68);

        Assert.Equal(6, _pic.Pending);
    }

    [Fact]
    public void A_half_done_initialisation_is_silent_and_forgets_edges()
    {
        Initialise();
        _pic.SetLine(3, high: true);
        Out(0x20, 0x11);
        Assert.Equal(-1, _pic.Pending);
        Out(0x21, 0x20);
        Out(0x21, 0x04);
        Out(0x21, 0x01);

        Assert.Equal(-1, _pic.Pending);
    }

    private int TakeAndEnd()
    {
        var line = _pic.Pending;
        if (line < 0)
            return line;

        Acknowledge(line);
        if (line >= 8)
            Out(0xA0, 0x20);
        Out(0x20, 0x20);
        return line;
    }

    private void Initialise(byte icw4 = 0x01)
    {
        foreach (var (command, vector, wiring) in new (ushort, byte, byte)[] { (0x20, 0x20, 0x04), (0xA0, 0x28, 0x02) })
        {
            Out(command, 0x11);
            Out((ushort)(command + 1), vector);
            Out((ushort)(command + 1), wiring);
            Out((ushort)(command + 1), icw4);
        }
    }

    private byte In(ushort port)
    {
        _pic.Read(port, 1, out var value);
        return (byte)value;
    }

    private void Out(ushort port, byte value) => _pic.Write(port, 1, value);

    private byte Acknowledge(int line)
    {
        var vector = _pic.Offer(line);
        _pic.Take(line);
        return vector;
    }
}
