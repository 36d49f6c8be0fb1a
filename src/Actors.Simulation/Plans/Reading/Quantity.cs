using System.Globalization;

namespace Actors.Simulation;

/// <summary>Times, sizes and drawn amounts, as plans write them.</summary>
internal static class Quantity
{
    private const NumberStyles Decimal = NumberStyles.AllowDecimalPoint;

    /// <summary>No count of anything is higher.</summary>
    private const double MaxNumber = 1e15;

    private const long TicksPerDay = TimeSpan.TicksPerDay;

    private static readonly (string Suffix, decimal Ticks)[] TimeUnits =
        [("ns", 0.01m), ("us", TimeSpan.TicksPerMicrosecond), ("µs", TimeSpan.TicksPerMicrosecond), ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond)];

    private static readonly (string Suffix, long Bytes)[] SizeUnits =
        [("kib", 1L << 10), ("mib", 1L << 20), ("gib", 1L << 30), ("k", 1L << 10), ("m", 1L << 20), ("g", 1L << 30), ("b", 1)];

    /// <summary>What a time looks like, for errors.</summary>
    public const string TimeForm = "a time such as 500us, 2ms or 1.5s, at most a day, in steps of 100ns";

    /// <summary>What a size looks like, for errors.</summary>
    public const string SizeForm = "a number of bytes such as 4096, 64KiB or 1M";

    /// <summary>What a drawn time looks like, for errors.</summary>
    public const string AmountForm = "a time such as 2ms, exp(2ms) or uniform(1ms, 4ms)";

    /// <summary>What a drawn number looks like, for errors.</summary>
    public const string NumberForm = "a number such as 4, exp(4) or uniform(1, 4)";

    /// <summary>A time: a number and ns, us, ms or s; 0 needs no unit.</summary>
    public static bool TryTime(string text, out TimeSpan time)
    {
        time = default;
        if (text == "0")
            return true;
        foreach (var (suffix, unit) in TimeUnits)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            if (!decimal.TryParse(text.AsSpan(0, text.Length - suffix.Length).TrimEnd(), Decimal, CultureInfo.InvariantCulture, out var count))
                continue;
            if (count > TicksPerDay / unit)
                return false;
            var ticks = count * unit;
            if (ticks != decimal.Truncate(ticks))
                return false;
            time = TimeSpan.FromTicks((long)ticks);
            return true;
        }

        return false;
    }

    /// <summary>A number of bytes, with k/KiB, M/MiB or G/GiB: all powers of 1,024, as on the command line.</summary>
    public static bool TryBytes(string text, out long bytes)
    {
        bytes = 0;
        var unit = 1L;
        var digits = text.AsSpan();
        foreach (var (suffix, size) in SizeUnits)
        {
            if (!text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                continue;
            unit = size;
            digits = digits[..^suffix.Length].TrimEnd();
            break;
        }

        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > long.MaxValue / unit)
            return false;
        bytes = count * unit;
        return true;
    }

    /// <summary>A whole number; 2e6 and 2_000_000 are fine.</summary>
    public static bool TryWhole(string text, out long number)
    {
        number = 0;
        if (!decimal.TryParse(text.Replace("_", string.Empty, StringComparison.Ordinal), Decimal | NumberStyles.AllowExponent | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            || value != decimal.Truncate(value) || value is < long.MinValue or > long.MaxValue)
            return false;
        number = (long)value;
        return true;
    }

    /// <summary>A constant, <c>exp(mean)</c> or <c>uniform(low, high)</c>. Times are in ticks of 100 ns.</summary>
    public static bool TryAmount(string text, bool isTime, out FaultAmount amount)
    {
        amount = default;
        var open = text.IndexOf('(', StringComparison.Ordinal);
        if (open < 0)
        {
            if (!TryPart(text, isTime, out var constant))
                return false;
            amount = new FaultAmount(FaultAmountKind.Constant, constant);
            return true;
        }

        if (!text.EndsWith(')'))
            return false;
        var parts = text[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries);
        switch (text[..open].Trim())
        {
            case "exp" when parts.Length == 1 && TryPart(parts[0], isTime, out var mean):
                amount = new FaultAmount(FaultAmountKind.Exponential, mean);
                return true;
            case "uniform" when parts.Length == 2 && TryPart(parts[0], isTime, out var low) && TryPart(parts[1], isTime, out var high) && low <= high:
                amount = new FaultAmount(FaultAmountKind.Uniform, low, high);
                return true;
            default:
                return false;
        }
    }

    /// <summary>A time in the largest unit that needs no fraction.</summary>
    public static string OfTime(TimeSpan time) => time.Ticks switch
    {
        0 => "0s",
        var ticks when ticks % TimeSpan.TicksPerSecond == 0 => Text(ticks / TimeSpan.TicksPerSecond, "s"),
        var ticks when ticks % TimeSpan.TicksPerMillisecond == 0 => Text(ticks / TimeSpan.TicksPerMillisecond, "ms"),
        var ticks when ticks % TimeSpan.TicksPerMicrosecond == 0 => Text(ticks / TimeSpan.TicksPerMicrosecond, "us"),
        var ticks => Text(ticks * 100, "ns"),
    };

    /// <summary>A size in the largest unit that needs no fraction.</summary>
    public static string OfBytes(long bytes) => bytes switch
    {
        0 => "0",
        _ when bytes % (1L << 30) == 0 => Text(bytes >> 30, "GiB"),
        _ when bytes % (1L << 20) == 0 => Text(bytes >> 20, "MiB"),
        _ when bytes % (1L << 10) == 0 => Text(bytes >> 10, "KiB"),
        _ => Text(bytes, string.Empty),
    };

    /// <summary>A number, in the shortest way that reads back the same.</summary>
    public static string OfNumber(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A drawn amount.</summary>
    public static string OfAmount(FaultAmount amount, bool isTime) => amount.Kind switch
    {
        FaultAmountKind.Exponential => $"exp({Part(amount.A, isTime)})",
        FaultAmountKind.Uniform => $"uniform({Part(amount.A, isTime)}, {Part(amount.B, isTime)})",
        _ => Part(amount.A, isTime),
    };

    private static string Part(double value, bool isTime) => isTime ? OfTime(TimeSpan.FromTicks((long)value)) : OfNumber(value);

    private static string Text(long number, string unit) => string.Create(CultureInfo.InvariantCulture, $"{number}{unit}");

    private static bool TryPart(string text, bool isTime, out double value)
    {
        if (!isTime)
            return double.TryParse(text.Replace("_", string.Empty, StringComparison.Ordinal), Decimal | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value) && value <= MaxNumber;
        var isGood = TryTime(text, out var time);
        value = time.Ticks;
        return isGood;
    }
}
