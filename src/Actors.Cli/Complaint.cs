namespace Actors.Cli;

/// <summary>Lines for a person on standard error.</summary>
internal static class Complaint
{
    /// <summary>One line behind the program's name.</summary>
    public static void Print(TextWriter error, string line)
    {
        lock (error)
            error.WriteLine($"actors: {line}");
    }

    /// <summary>A person's mistake; the status that goes with it.</summary>
    public static int Say(TextWriter error, Mistake mistake)
    {
        Print(error, mistake.Sentence);
        return ExitStatus.Mistake;
    }
}
