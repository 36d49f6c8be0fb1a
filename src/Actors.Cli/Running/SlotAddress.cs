using System.Globalization;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>Where a device sits: <c>S</c>, <c>S:F</c> or <c>B:S:F</c>, decimal, separated by ':', '/' or '.'.</summary>
internal static class SlotAddress
{
    private const int MaxSlot = 31;
    private const int MaxFunction = 7;
    private static readonly char[] Separators = [':', '/', '.'];

    public static Parsed<Bdf> Parse(string text)
    {
        var parts = text.Split(Separators);
        var numbers = new int[parts.Length];
        for (var index = 0; index < parts.Length; index++)
        {
            if (!int.TryParse(parts[index], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[index]))
                return new Mistake($"'{text}' isn't a slot, write it as 3 (slot), 3:0 (slot:function) or 0:3:0 (bus:slot:function)");
        }

        return numbers switch
        {
            [var slot] => Checked(text, 0, slot, 0),
            [var slot, var function] => Checked(text, 0, slot, function),
            [var bus, var slot, var function] => Checked(text, bus, slot, function),
            _ => new Mistake($"'{text}' has too many parts, write a slot as 3, 3:0 or 0:3:0"),
        };
    }

    private static Parsed<Bdf> Checked(string text, int bus, int slot, int function)
    {
        if (bus != 0)
            return new Mistake($"slot '{text}' is on bus {bus}, a machine has only bus 0");
        if (slot > MaxSlot)
            return new Mistake($"slot {slot} doesn't exist, bus 0 has slots 0 to {MaxSlot}");
        if (function > MaxFunction)
            return new Mistake($"function {function} of slot {slot} doesn't exist, a slot has functions 0 to {MaxFunction}");

        return new Bdf((byte)bus, (byte)slot, (byte)function);
    }
}
