namespace Actors.TestKit;

/// <summary>The folder into which failed tests put what is needed to see them again. Nothing is written, and no folder made, before something fails.</summary>
/// <param name="folder">The folder.</param>
internal sealed class FailureFiles(string folder)
{
    /// <summary>Failures of one process that have files: a thousand seeds that fail alike don't fill a disk.</summary>
    public const int MaxFailures = 100;

    /// <summary>Most characters of a test's name in a file's.</summary>
    private const int MaxName = 120;

    private int _failures;

    /// <summary>Whether one more failure may have files, and which in the process it is, from 1.</summary>
    public bool TryBegin(out int number)
    {
        number = Interlocked.Increment(ref _failures);
        return number <= MaxFailures;
    }

    /// <summary>Writes a file; one of the same name is replaced.</summary>
    /// <param name="name">Its name, of any characters.</param>
    /// <param name="extension">What its name ends with, a dot before it.</param>
    /// <param name="write">Writes into a file.</param>
    /// <param name="problem">Why it isn't there, or empty.</param>
    /// <returns>The file, or null.</returns>
    public string? Write(string name, string extension, Action<string> write, out string problem)
    {
        var plain = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_' ? letter : '-'));
        var file = Path.Combine(folder, (plain.Length <= MaxName ? plain : plain[^MaxName..]) + extension);
        try
        {
            Directory.CreateDirectory(folder);
            write(file);
            problem = string.Empty;
            return file;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // The failure itself is what has to be said; that it left nothing is a line of it.
            problem = $"'{file}' can't be written: {refused.Message.TrimEnd('.')}";
            return null;
        }
    }
}
