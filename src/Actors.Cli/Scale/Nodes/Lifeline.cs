using System.Diagnostics;

namespace Actors.Cli;

/// <summary>
/// Ties a child process to its parent: the child's standard input is a pipe of the parent's, which closes when the parent ends, however it ends. A child that was told so
/// by its environment reads it and then ends at once.
/// </summary>
internal static class Lifeline
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "ACTORS_LIFELINE";

    /// <summary>Its only value.</summary>
    public const string StandardInput = "stdin";

    /// <summary>Begins to watch, where the environment says so.</summary>
    public static void Watch()
    {
        if (Environment.GetEnvironmentVariable(Variable) != StandardInput)
            return;

        // Not for the children of this one.
        Environment.SetEnvironmentVariable(Variable, null);
        new Thread(Wait) { IsBackground = true, Name = "lifeline" }.Start();
    }

    private static void Wait()
    {
        using var input = Console.OpenStandardInput();
        Span<byte> buffer = stackalloc byte[64];
        try
        {
            while (input.Read(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
        }

        // Nobody is left for whom an orderly end would be.
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }
}
