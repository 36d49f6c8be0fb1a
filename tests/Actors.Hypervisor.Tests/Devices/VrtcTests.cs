namespace Actors.Hypervisor.Tests;

public sealed class VrtcTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 11, 22, 15, 46, 9, TimeSpan.Zero));
    private readonly Vrtc _rtc;

    public VrtcTests() => _rtc = new Vrtc(_clock);

    [Theory]
    [InlineData(0x02, 0x09, 0x46, 0x15, 0x22, 0x11, 0x26, 0x20)] // BCD, 24 h
    [InlineData(0x06, 9, 46, 15, 22, 11, 26, 20)] // binary, 24 h
    [InlineData(0x00, 0x09, 0x46, 0x83, 0x22, 0x11, 0x26, 0x20)] // BCD, 12 h: 3 pm
    [InlineData(0x04, 9, 46, 0x83, 22, 11, 26, 20)] // binary, 12 h
    public void Time_has_the_format_of_register_B(byte format, byte second, byte minute, byte hour, byte day, byte month, byte year, byte century)
    {
        Write(11, format);

        Assert.Equal([second, minute, hour, day, month, year, century], new[] { 0, 2, 4, 7, 8, 9, 0x32 }.Select(Read));
    }

    [Theory]
    [InlineData(0, 0x12)]
    [InlineData(11, 0x11)]
    [InlineData(12, 0x92)]
    [InlineData(23, 0x91)]
    public void Twelve_hours_know_noon_and_midnight(int hour, byte shown)
    {
        _clock.Now = new DateTimeOffset(2026, 1, 1, hour, 0, 0, TimeSpan.Zero);
        Write(11, 0);

        Assert.Equal(shown, Read(4));
    }

    [Fact]
    public void Sunday_is_day_one() => Assert.Equal(1, Read(6));

    [Fact]
    public void Time_set_by_the_guest_runs_on()
    {
        Write(11, 0x82);
        Write(0, 0x30);
        Write(2, 0x59);
        Write(4, 0x23);
        Write(7, 0x31);
        Write(8, 0x12);
        Write(9, 0x99);
        Write(0x32, 0x19);
        Assert.Equal(0x30, Read(0));
        Write(11, 0x02);
        _clock.Now += TimeSpan.FromSeconds(30);

        Assert.Equal([0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x20], new[] { 0, 2, 4, 7, 8, 9, 0x32 }.Select(r => (int)Read(r)));
    }

    [Fact]
    public void While_set_time_stands()
    {
        Write(11, 0x82);
        _clock.Now += TimeSpan.FromSeconds(5);

        Assert.Equal(0x09, Read(0));
    }

    [Theory]
    [InlineData(8, 0x13)]
    [InlineData(8, 0x00)]
    [InlineData(7, 0x32)]
    [InlineData(0, 0x60)]
    [InlineData(0, 0xFF)]
    [InlineData(4, 0x24)]
    public void What_is_no_date_changes_nothing(int register, byte value)
    {
        Write(register, value);

        Assert.Equal([0x09, 0x46, 0x15, 0x22, 0x11, 0x26], new[] { 0, 2, 4, 7, 8, 9 }.Select(r => (int)Read(r)));
    }

    [Fact]
    public void Nvram_and_alarm_hold_what_is_written()
    {
        for (var i = 14; i < 128; i++)
        {
            if (i != 0x32)
                Write(i, (byte)(i ^ 0xA5));
        }

        Write(1, 0x11);

        Assert.All(Enumerable.Range(14, 114).Where(i => i != 0x32), i => Assert.Equal((byte)(i ^ 0xA5), Read(i)));
        Assert.Equal(0x11, Read(1));
    }

    [Fact]
    public void Status_registers_never_show_an_update_and_always_a_good_battery()
    {
        Write(10, 0xFF);

        Assert.Equal(0x7F, Read(10));
        Assert.Equal(0, Read(12));
        Assert.Equal(0x80, Read(13));
    }

    [Fact]
    public void The_index_has_seven_bits()
    {
        _rtc.Write(0x70, 1, 0x80 | 0x20);
        _rtc.Write(0x71, 1, 0x5A);

        Assert.Equal(0x5A, Read(0x20));
    }

    private byte Read(int register)
    {
        _rtc.Write(0x70, 1, (uint)register);
        _rtc.Read(0x71, 1, out var value);
        return (byte)value;
    }

    private void Write(int register, byte value)
    {
        _rtc.Write(0x70, 1, (uint)register);
        _rtc.Write(0x71, 1, value);
    }
}
