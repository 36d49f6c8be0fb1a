using System.Globalization;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>The machine's clock of day (MC146818): ports 0x70 and 0x71.</summary>
public sealed class RealTimeClock(GuestCpu cpu)
{
    private const byte Seconds = 0x00;
    private const byte Minutes = 0x02;
    private const byte Hours = 0x04;
    private const byte Day = 0x07;
    private const byte Month = 0x08;
    private const byte Year = 0x09;
    private const byte StatusB = 0x0B;
    private const byte Century = 0x32;
    private const byte Binary = 0x04;
    private const byte TwentyFourHours = 0x02;
    private const int MaxReads = 4;

    /// <summary>The time as <c>2026-01-31 12:34:56</c>, or null when the clock gives no sensible one.</summary>
    public async GuestTask<string?> ReadTime()
    {
        var mode = await Read(StatusB);
        var before = (int)await Read(Seconds);
        for (var i = 0; i < MaxReads; i++)
        {
            var time = await ReadOnce(mode);
            var after = (int)await Read(Seconds);
            if (after == before)
                return time;
            before = after;
        }

        return null;
    }

    private async GuestTask<string?> ReadOnce(byte mode)
    {
        var century = Decode(await Read(Century), mode);
        var year = Decode(await Read(Year), mode) + (100 * (century is 19 or 20 or 21 ? century : 20));
        var month = Decode(await Read(Month), mode);
        var day = Decode(await Read(Day), mode);
        var hours = DecodeHours(await Read(Hours), mode);
        var minutes = Decode(await Read(Minutes), mode);
        var seconds = Decode(await Read(Seconds), mode);
        return month is < 1 or > 12 || day is < 1 or > 31 || hours > 23 || minutes > 59 || seconds > 59
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{year:D4}-{month:D2}-{day:D2} {hours:D2}:{minutes:D2}:{seconds:D2}");
    }

    private static int Decode(byte value, byte mode) => (mode & Binary) != 0 ? value : ((value >> 4) * 10) + (value & 0xF);

    private static int DecodeHours(byte value, byte mode)
    {
        if ((mode & TwentyFourHours) != 0)
            return Decode(value, mode);
        var afternoon = (value & 0x80) != 0;
        return (Decode((byte)(value & 0x7F), mode) % 12) + (afternoon ? 12 : 0);
    }

    private async GuestTask<byte> Read(byte register)
    {
        await cpu.Out(PlatformSpec.RtcPort, 1, register);
        return (byte)await cpu.In(PlatformSpec.RtcPort + 1, 1);
    }
}
