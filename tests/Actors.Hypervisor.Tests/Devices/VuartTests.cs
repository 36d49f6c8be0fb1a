using System.Text;

namespace Actors.Hypervisor.Tests;

public sealed class VuartTests
{
    private readonly List<bool> _line = [];
    private readonly Vuart _uart;

    public VuartTests() => _uart = new Vuart(_line.Add);

    [Fact]
    public void What_is_written_comes_out()
    {
        foreach (var b in "hello"u8)
            Write(0, b);

        Assert.Equal("hello", Encoding.ASCII.GetString(_uart.Output()));
        Assert.Equal(0x60, Read(5));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(8192)]
    [InlineData(20000)]
    public void The_last_4_KiB_of_output_are_kept(int count)
    {
        for (var i = 0; i < count; i++)
            Write(0, (byte)(i * 7));

        Assert.Equal(Enumerable.Range(0, count).Select(i => (byte)(i * 7)).TakeLast(4096), _uart.Output());
        Assert.Equal(count, _uart.Sent);
    }

    [Fact]
    public void The_divisor_latch_hides_data_and_interrupt_enable()
    {
        Write(1, 0x05);
        Write(3, 0x83);
        Write(0, 0x34);
        Write(1, 0x12);

        Assert.Equal(0x34, Read(0));
        Assert.Equal(0x12, Read(1));
        Write(3, 0x03);
        Assert.Equal(0x05, Read(1));
        Assert.Empty(_uart.Output());
    }

    [Fact]
    public void Received_bytes_raise_the_line_until_they_are_read()
    {
        Write(2, 0x01);
        Write(1, 0x01);

        Assert.Equal(3, _uart.Receive("abc"u8));
        Assert.Equal(0xC4, Read(2));
        Assert.Equal(0x61, Read(5));
        Assert.Equal(['a', 'b', 'c'], new[] { (char)Read(0), (char)Read(0), (char)Read(0) });

        Assert.Equal([true, false], _line);
        Assert.Equal(0xC1, Read(2));
        Assert.Equal(0x60, Read(5));
    }

    [Fact]
    public void The_receiver_takes_16_bytes_with_FIFO_and_one_without()
    {
        Assert.Equal(1, _uart.Receive(new byte[20]));
        Write(2, 0x01);
        Assert.Equal(16, _uart.Receive(new byte[20]));
        Assert.Equal(0, _uart.Receive(new byte[20]));
    }

    [Fact]
    public void Transmitter_empty_interrupts_once_for_each_write_and_reading_IIR_ends_it()
    {
        Write(1, 0x02);
        Assert.Equal(0x02, Read(2));
        Assert.Equal(0x01, Read(2));
        Write(0, 1);
        Assert.Equal(0x02, Read(2));

        Assert.Equal([true, false, true, false], _line);
    }

    [Fact]
    public void Loopback_returns_what_is_sent_and_shows_outputs_as_inputs()
    {
        Write(4, 0x1F);
        Assert.Equal(0xF0, Read(6) & 0xF0);
        Write(0, 0x5A);
        Assert.Equal(0x5A, Read(0));
        Assert.Empty(_uart.Output());

        Write(0, 1);
        Write(0, 2);
        Assert.Equal(0x02, Read(5) & 0x02); // overrun
        Assert.Equal(0x00, Read(5) & 0x02); // cleared by the read
    }

    [Fact]
    public void Scratch_holds_and_reset_forgets()
    {
        Write(7, 0x99);
        Assert.Equal(0x99, Read(7));
        _uart.Reset();
        Assert.Equal(0, Read(7));
    }

    private byte Read(int register)
    {
        _uart.Read((ushort)(0x3F8 + register), 1, out var value);
        return (byte)value;
    }

    private void Write(int register, byte value) => _uart.Write((ushort)(0x3F8 + register), 1, value);
}
