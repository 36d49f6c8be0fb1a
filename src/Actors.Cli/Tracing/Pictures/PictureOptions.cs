using System.Globalization;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>The options of <c>actors trace</c>, from texts to values.</summary>
internal static class PictureOptions
{
    public static Parsed<PictureKind> KindOf(string? text) => text is null ? PictureKind.Terminal : Choice.Of<PictureKind>("--as", text);

    public static Parsed<TraceSelection> Selection(string? vm, string? exit, string? from, string? to)
    {
        int? ofVm = null;
        if (vm is not null)
        {
            if (!int.TryParse(vm.StartsWith("vm-", StringComparison.Ordinal) ? vm[3..] : vm, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return new Mistake($"--vm is a VM's number, not '{vm}'");
            ofVm = number;
        }

        ulong? ofExit = null, atAddress = null;
        if (exit is not null)
        {
            if (exit.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && ulong.TryParse(exit.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address))
                atAddress = address;
            else if (ulong.TryParse(exit, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number != 0)
                ofExit = number;
            else
                return new Mistake($"--exit is an exit's number, from 1 on, or the address of the first one wanted, such as 0x80007004, not '{exit}'");
        }

        if (!Time("--from", from, 0).TryGet(out var begin, out var mistake) || !Time("--to", to, long.MaxValue).TryGet(out var end, out mistake))
            return mistake;
        return begin > end ? new Mistake("--from is later than --to") : new TraceSelection(ofVm, ofExit, begin, end, address: atAddress);
    }

    /// <summary>Columns, or 0 for the terminal's own.</summary>
    public static Parsed<int> Width(string? text) => text is null ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width is >= TerminalChart.MinWidth and <= PictureWriter.MaxWidth ? width
        : new Mistake($"--width is a number from {TerminalChart.MinWidth} to {PictureWriter.MaxWidth}, not '{text}'");

    private static Parsed<long> Time(string option, string? text, long standard)
    {
        if (text is null)
            return standard;
        foreach (var (suffix, unit) in new[] { ("us", 10L), ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond) })
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
                && count * unit < long.MaxValue)
            {
                return (long)(count * unit);
            }
        }

        return new Mistake($"{option} is a time such as 350us, 1.5ms or 2s, not '{text}'");
    }
}
