using System.ComponentModel;
using System.Globalization;

namespace Actors.Cli;

/// <summary>Waits for a process that should be ending. Even after KILL none need end: the system may hold it in a call to a device that doesn't answer. Who ends a test waits for it twice and goes on.</summary>
internal static class LastWait
{
    /// <summary>How long a process that is killed is waited for. It gives its memory back first, and a busy machine takes its time for that.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Waits, kills, waits once more. False: it is still there, and a sentence was said.</summary>
    /// <param name="name">What it is, for a person.</param>
    /// <param name="hasEnded">Waits so long for its end.</param>
    /// <param name="kill">Ends it by another way than the one that was tried.</param>
    /// <param name="patience">Of the first wait; the second is <see cref="Patience"/>.</param>
    /// <param name="complain">Takes a line for a person.</param>
    public static bool For(string name, Func<TimeSpan, bool> hasEnded, Action kill, TimeSpan patience, Action<string> complain)
    {
        if (hasEnded(patience))
            return true;
        complain(string.Create(CultureInfo.InvariantCulture, $"{name} has not ended within {patience.TotalSeconds:0.#} s; it is killed once more"));
        try
        {
            kill();
        }
        catch (Exception refused) when (refused is Win32Exception or InvalidOperationException or ArgumentException)
        {
            // It has ended meanwhile, or can't be killed: the next wait tells.
        }

        if (hasEnded(Patience))
            return true;
        complain($"{name} does not end, and is left behind; end it by hand when the system lets go of it");
        return false;
    }
}
