namespace Actors.Cli;

/// <summary>The size of a machine's RAM: acrn-dm's <c>-m</c>, whose suffix is required and whose minimum is 128 MiB.</summary>
internal static class MemoryOption
{
    public const ulong DefaultBytes = 256UL << 20;
    public const ulong MinBytes = 128UL << 20;
    public const ulong MaxBytes = 64UL << 30;
    private const ulong PageBytes = 4096;

    public static Parsed<ulong> Parse(string text)
    {
        if (!ByteCount.TryParse(text, out var bytes, out var hasSuffix))
            return new Mistake($"-m is a number with k, m or g, such as 256m, not '{text}'");
        if (!hasSuffix)
            return new Mistake($"-m {text} needs k, m or g after the number, such as 256m");
        if (bytes is < MinBytes or > MaxBytes)
            return new Mistake($"-m {text} is out of range, a machine has 128m to 64g");

        return bytes % PageBytes == 0 ? bytes : new Mistake($"-m {text} isn't a multiple of 4k, the size of a page");
    }
}
