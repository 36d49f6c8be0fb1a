namespace Actors.Simulation;

/// <summary>A text as one word of a command line that somebody copies into a shell.</summary>
internal static class ShellWord
{
    /// <summary>The text, in quotes where a shell would see more in it than letters.</summary>
    public static string Of(string text) => text.Length == 0 || text.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '/' or '-' or '_' or '='))
        ? $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'"
        : text;
}
