using System.Diagnostics;

namespace Actors.Cli;

/// <summary>
/// Standard input as a leash: whoever started this process holds the other end of a pipe, and when that end is gone, so is who held it, however it ended. Then this process ends too, and removes the folder
/// that they shared. What comes over the pipe meanwhile are words to the node, where somebody takes them.
/// </summary>
internal static class Leash
{
    /// <summary>As of a process whose terminal is gone (SIGHUP).</summary>
    public const int Status = ExitStatus.SignalBase + 1;

    /// <summary>How long an end in order may take before the process is killed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>From now on this process ends with its standard input.</summary>
    /// <param name="folder">What goes with it, or null.</param>
    /// <param name="obey">Takes a line; null: nobody does.</param>
    public static void Hold(string? folder, Action<string>? obey)
    {
        ParentDeath.WakesUs();
        Hold(Console.In, folder, obey, End);
    }

    /// <summary>Calls something when the input has ended.</summary>
    public static Thread Hold(TextReader input, string? folder, Action<string>? obey, Action end)
    {
        // A thread of its own: it is in a read for as long as the process lives.
        var thread = new Thread(() => Follow(input, folder, obey, end)) { IsBackground = true, Name = "leash" };
        thread.Start();
        return thread;
    }

    private static void Follow(TextReader input, string? folder, Action<string>? obey, Action end)
    {
        try
        {
            while (input.ReadLine() is { } line)
                obey?.Invoke(line);
        }
        catch (IOException)
        {
            // A broken pipe is an end as well.
        }

        if (folder is not null)
            RunFolder.Remove(folder);
        end();
    }

    private static void End()
    {
        // What has to be put right at the end of a process has its time; what hangs doesn't keep it.
        var late = new Thread(static () =>
        {
            Thread.Sleep(Patience);
            Process.GetCurrentProcess().Kill();
        }) { IsBackground = true };
        late.Start();
        Environment.Exit(Status);
    }
}
