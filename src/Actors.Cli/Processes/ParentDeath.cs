using System.Runtime.InteropServices;

namespace Actors.Cli;

/// <summary>What Linux does to a process when the thread that started it ends: prctl(2), PR_SET_PDEATHSIG.</summary>
internal static partial class ParentDeath
{
    private const int PR_SET_PDEATHSIG = 1;
    private const int SIGCONT = 18;

    /// <summary>Wakes this process up when its parent ends: one that is stopped doesn't notice by itself that it should end too (<see cref="Leash"/>). On others than Linux nothing stops it.</summary>
    public static void WakesUs()
    {
        // Where it is refused, a stopped process stays until somebody lets it go on.
        if (OperatingSystem.IsLinux())
            _ = PrCtl(PR_SET_PDEATHSIG, SIGCONT);
    }

    // The further arguments of this option are not looked at.
    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int PrCtl(int option, nuint argument);
}
