namespace Actors.Hypervisor;

/// <summary>
/// MC146818 real-time clock: index port, data port at +1.
/// <para>There: date and time from the node's clock (UTC), century at 0x32, BCD or binary, 12 or 24 hours, setting the time (kept as an offset to the clock), SET, 114 bytes of
/// NVRAM, alarm bytes (stored).</para>
/// <para>Not there: its interrupts. An update never is in progress when the guest looks, so UIP reads 0. It goes on through resets, as a battery makes it.</para>
/// </summary>
internal sealed class Vrtc(TimeProvider clock) : IPortHandler
{
    /// <summary>Ports of the clock.</summary>
    public const int Ports = 2;

    private const int Seconds = 0;
    private const int Minutes = 2;
    private const int Hours = 4;
    private const int DayOfWeek = 6;
    private const int Day = 7;
    private const int Month = 8;
    private const int Year = 9;
    private const int StatusA = 10;
    private const int StatusB = 11;
    private const int StatusC = 12;
    private const int StatusD = 13;
    private const int Century = 0x32;
    private const int Registers = 128;

    private const byte SetBit = 0x80;
    private const byte BinaryBit = 0x04;
    private const byte Hour24Bit = 0x02;
    private const byte PmBit = 0x80;

    // Made by the first write: a guest that only reads the time needs none.
    private byte[]? _stored;
    private TimeSpan _offset;
    private byte _index;
    private byte _statusA = 0x26;
    private byte _statusB = Hour24Bit;

    /// <inheritdoc/>
    public string Name => "vrtc";

    /// <inheritdoc/>
    public EmulationResult Read(ushort port, int size, out uint value)
    {
        value = 0xFFFF_FF00 | ((port & 1) == 0 ? _index : ReadRegister(_index & 0x7F));
        return EmulationResult.Done;
    }

    /// <inheritdoc/>
    public EmulationResult Write(ushort port, int size, uint value)
    {
        if ((port & 1) == 0)
            _index = (byte)value;
        else
            WriteRegister(_index & 0x7F, (byte)value);

        return EmulationResult.Done;
    }

    private static bool IsTime(int register) => register is Seconds or Minutes or Hours or DayOfWeek or Day or Month or Year or Century;

    private DateTime Now()
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var ticks = now.Ticks + _offset.Ticks;
        return new DateTime(Math.Clamp(ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), DateTimeKind.Utc);
    }

    private byte ReadRegister(int register)
    {
        if (IsTime(register))
            return (_statusB & SetBit) != 0 ? _stored![register] : Field(register, Now());

        return register switch
        {
            StatusA => _statusA,
            StatusB => _statusB,
            StatusC => 0,
            StatusD => 0x80,
            _ => _stored is null ? (byte)0 : _stored[register],
        };
    }

    private void WriteRegister(int register, byte value)
    {
        switch (register)
        {
            case StatusA:
                _statusA = (byte)(value & 0x7F);
                return;
            case StatusB:
                WriteStatusB(value);
                return;
            case StatusC:
            case StatusD:
                return;
            default:
                break;
        }

        _stored ??= new byte[Registers];
        if (!IsTime(register))
        {
            _stored[register] = value;
            return;
        }

        if ((_statusB & SetBit) != 0)
        {
            _stored[register] = value;
            return;
        }

        Freeze();
        _stored[register] = value;
        Thaw();
    }

    private void WriteStatusB(byte value)
    {
        var was = (_statusB & SetBit) != 0;
        var will = (value & SetBit) != 0;
        if (!was && will)
        {
            // In the format that holds from now on: what follows is written in it.
            _statusB = value;
            Freeze();
            return;
        }

        _statusB = value;
        if (was && !will)
            Thaw();
    }

    /// <summary>The running time into the bytes that the guest sets.</summary>
    private void Freeze()
    {
        _stored ??= new byte[Registers];
        var now = Now();
        Span<int> fields = [Seconds, Minutes, Hours, DayOfWeek, Day, Month, Year, Century];
        foreach (var field in fields)
            _stored[field] = Field(field, now);
    }

    /// <summary>The bytes that the guest set become the running time; bytes that are no date change nothing.</summary>
    private void Thaw()
    {
        var stored = _stored!;
        var year = (Decode(stored[Century]) * 100) + Decode(stored[Year]);
        var month = Decode(stored[Month]);
        var day = Decode(stored[Day]);
        var hour = DecodeHour(stored[Hours]);
        var minute = Decode(stored[Minutes]);
        var second = Decode(stored[Seconds]);
        if (year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59)
            return;

        if (day > DateTime.DaysInMonth(year, month))
            return;

        _offset = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc) - clock.GetUtcNow().UtcDateTime;
    }

    private byte Field(int register, DateTime now) => register switch
    {
        Seconds => Encode(now.Second),
        Minutes => Encode(now.Minute),
        Hours => EncodeHour(now.Hour),
        DayOfWeek => Encode((int)now.DayOfWeek + 1),
        Day => Encode(now.Day),
        Month => Encode(now.Month),
        Year => Encode(now.Year % 100),
        _ => Encode(now.Year / 100),
    };

    private byte Encode(int value) => (_statusB & BinaryBit) != 0 ? (byte)value : (byte)(((value / 10) << 4) | (value % 10));

    /// <summary>-1 when the byte is no number in the format of register B.</summary>
    private int Decode(byte value)
    {
        if ((_statusB & BinaryBit) != 0)
            return value;

        return (value >> 4) > 9 || (value & 0xF) > 9 ? -1 : ((value >> 4) * 10) + (value & 0xF);
    }

    private byte EncodeHour(int hour)
    {
        if ((_statusB & Hour24Bit) != 0)
            return Encode(hour);

        var twelve = hour % 12 == 0 ? 12 : hour % 12;
        return (byte)(Encode(twelve) | (hour >= 12 ? PmBit : 0));
    }

    private int DecodeHour(byte value)
    {
        if ((_statusB & Hour24Bit) != 0)
            return Decode(value);

        var twelve = Decode((byte)(value & ~PmBit));
        if (twelve is < 1 or > 12)
            return -1;

        return (twelve % 12) + ((value & PmBit) != 0 ? 12 : 0);
    }
}
