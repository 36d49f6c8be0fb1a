namespace Actors.Cli;

/// <summary>
/// Cursor and keypad keys of a terminal. The runtime switches them to their application codes as soon as a program writes to a terminal or starts another program, and leaves them so; what a
/// person's next program makes of that is luck. At the end of this one, however it ends but by SIGKILL, they are as they were.
/// </summary>
internal static class TerminalKeys
{
    /// <summary>Normal cursor keys, numeric keypad.</summary>
    public const string Normal = "\u001b[?1l\u001b>";

    /// <summary>From now on the end of the process sets them back.</summary>
    public static void RestoreAtEnd()
    {
        if (!Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"))
            AppDomain.CurrentDomain.ProcessExit += static (_, _) => Restore();
    }

    private static void Restore()
    {
        try
        {
            using var output = Console.OpenStandardOutput();
            output.Write(System.Text.Encoding.ASCII.GetBytes(Normal));
        }
        catch (IOException)
        {
            // The terminal is gone, its keys with it.
        }
    }
}
