using System.Globalization;

namespace Actors.Cli;

/// <summary>Numbers of bytes with a suffix.</summary>
internal static class ByteCount
{
    /// <summary>Reads digits and an optional suffix k, m or g (powers of 1024, any case). Without a suffix, <paramref name="hasSuffix"/> is false.</summary>
    public static bool TryParse(string text, out ulong bytes, out bool hasSuffix)
    {
        var shift = text.Length == 0 ? 0 : char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, _ => 0 };
        hasSuffix = shift > 0;
        bytes = 0;
        var digits = hasSuffix ? text[..^1] : text;
        if (!ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > ulong.MaxValue >> shift)
            return false;

        bytes = count << shift;
        return true;
    }
}
