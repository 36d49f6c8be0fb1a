namespace Actors.Cli;

/// <summary>Texts that a person named.</summary>
internal static class InputFile
{
    /// <summary>Reads a text, of which no more than the most is taken in, whatever the system says of its length: a name may be of a device that never ends.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="mostBytes">Most bytes.</param>
    /// <returns>The text, or null when it has more bytes.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static string? ReadText(string file, int mostBytes)
    {
        var bytes = new byte[mostBytes + 1];
        int count;
        using (var stream = File.OpenRead(file))
            count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (count > mostBytes)
            return null;
        using var text = new StreamReader(new MemoryStream(bytes, 0, count));
        return text.ReadToEnd();
    }
}
