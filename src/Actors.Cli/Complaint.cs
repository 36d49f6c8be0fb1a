namespace Actors.Cli;

/// <summary>Lines for a person on standard error.</summary>
internal static class Complaint
{
    /// <summary>One line behind the program's name, whatever a path or name in it holds. Where nobody takes it, the status has to do.</summary>
    public static void Print(TextWriter error, string line)
    {
        try
        {
            lock (error)
                error.WriteLine($"actors: {OneLine(line)}");
        }
        catch (Exception nobody) when (nobody is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>A person's mistake; the status that goes with it.</summary>
    public static int Say(TextWriter error, Mistake mistake)
    {
        Print(error, mistake.Sentence);
        foreach (var sentence in mistake.Further)
            Print(error, sentence);
        return ExitStatus.Mistake;
    }

    private static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(character => char.IsControl(character) ? '?' : character)) : text;
}
