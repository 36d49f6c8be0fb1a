using System.Buffers.Text;

namespace Actors.Guest;

/// <summary>
/// Lines of one length whose every byte follows from a key and a number, so that whoever gets a stream of them can tell each byte that is missing, comes again or belongs to
/// somebody else: <c>key number check filler</c>, in hexadecimal, for people to look at.
/// </summary>
public static class NumberedLine
{
    /// <summary>Shortest line, with its line end.</summary>
    public const int MinBytes = 32;

    /// <summary>Longest line.</summary>
    public const int MaxBytes = 4096;

    private const int KeyDigits = 8;
    private const int NumberDigits = 12;
    private const int CheckDigits = 8;
    private const int NumberAt = KeyDigits + 1;
    private const int CheckAt = NumberAt + NumberDigits + 1;
    private const int FillerAt = CheckAt + CheckDigits;

    /// <summary>Highest number of a line.</summary>
    public const long MaxNumber = (1L << (NumberDigits * 4)) - 1;

    /// <summary>Writes a line.</summary>
    /// <param name="line">The whole line: its length counts.</param>
    /// <param name="key">Whose it is.</param>
    /// <param name="number">From 0.</param>
    public static void Write(Span<byte> line, uint key, long number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(line.Length, MinBytes);
        var check = CheckOf(key, number, line.Length);
        Hex(line[..KeyDigits], key);
        line[KeyDigits] = (byte)' ';
        Hex(line.Slice(NumberAt, NumberDigits), (ulong)number);
        line[CheckAt - 1] = (byte)' ';
        Hex(line.Slice(CheckAt, CheckDigits), check);
        for (var i = FillerAt; i < line.Length - 1; i++)
            line[i] = (byte)('a' + ((check + (uint)i) % 26));
        line[^1] = (byte)'\n';
    }

    /// <summary>Reads a whole line; false when a byte of it is not as it should be.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, uint key, out long number)
    {
        number = 0;
        if (line.Length is < MinBytes or > MaxBytes || line[^1] != '\n' || !Utf8Parser.TryParse(line.Slice(NumberAt, NumberDigits), out number, out var used, 'x') || used != NumberDigits)
            return false;
        Span<byte> right = stackalloc byte[line.Length];
        Write(right, key, number);
        return line.SequenceEqual(right);
    }

    private static uint CheckOf(uint key, long number, int length)
    {
        var mixed = ((ulong)key << 32 | (uint)length) ^ ((ulong)number * 0x9E3779B97F4A7C15);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (uint)(mixed ^ (mixed >> 31));
    }

    private static void Hex(Span<byte> digits, ulong value)
    {
        for (var i = digits.Length - 1; i >= 0; i--, value >>= 4)
            digits[i] = (byte)"0123456789abcdef"[(int)(value & 0xF)];
    }
}
