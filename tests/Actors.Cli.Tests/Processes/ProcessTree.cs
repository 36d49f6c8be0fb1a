using System.Globalization;
using System.Runtime.InteropServices;

namespace Actors.Cli.Tests;

/// <summary>Processes that a process under test started, and signals to them.</summary>
internal static partial class ProcessTree
{
    public const int Kill = 9;
    public const int Stop = 19;

    /// <summary>Sends a signal; the process must be there.</summary>
    public static void Signal(int process, int signal) => Assert.Equal(0, SendSignal(process, signal));

    /// <summary>The one shell that a process started.</summary>
    public static int ShellOf(int parent)
    {
        var shells = new List<int>();
        foreach (var process in Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsAsciiDigit)))
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{process}/stat");
                var end = stat.LastIndexOf(')');
                if (stat[(end + 2)..].Split(' ')[1] == parent.ToString(CultureInfo.InvariantCulture) && File.ReadAllText($"/proc/{process}/cmdline").StartsWith("/bin/sh\0", StringComparison.Ordinal))
                    shells.Add(int.Parse(process!, CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // It has ended.
            }
        }

        return Assert.Single(shells);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
