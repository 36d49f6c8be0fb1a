using System.Globalization;

namespace Actors.Cli;

/// <summary>How many files and sockets this process may have open. A runtime that finds no more dies without a word of why, so a test asks before it begins.</summary>
internal static class DescriptorLimit
{
    /// <summary>For everything but consoles: the runtime's own, links between nodes, reports.</summary>
    private const int Spare = 500;

    private const string LimitsFile = "/proc/self/limits";
    private const string Line = "Max open files";

    /// <summary>Refuses a test whose consoles don't fit.</summary>
    /// <param name="vms">VMs, each with one console on a socket.</param>
    /// <param name="perVm">Descriptors of each in this process: its listener, the accepted connection, and the VM's own end where that is here too.</param>
    /// <param name="limits">What the system says of limits (proc(5)), or null where it says nothing.</param>
    public static Mistake? Check(int vms, int perVm, string? limits)
    {
        if (HardLimit(limits) is not { } allowed)
            return null;
        var needed = ((long)vms * perVm) + Spare;
        if (needed <= allowed)
            return null;
        var fit = Math.Max(0, (allowed - Spare) / perVm);
        return new Mistake(string.Create(
            CultureInfo.InvariantCulture,
            $"{vms:N0} VMs need {needed:N0} descriptors in this process and {allowed:N0} are allowed, so take at most {fit:N0} VMs, allow more (ulimit -n {needed}){(perVm > 2 ? ", or give VMs processes of their own (--nodes)" : "")}"));
    }

    /// <summary>What the system says of this process, or null where it says nothing.</summary>
    public static string? Read() => File.Exists(LimitsFile) ? File.ReadAllText(LimitsFile) : null;

    // The runtime raises the soft limit to the hard one by itself.
    private static long? HardLimit(string? limits)
    {
        var line = limits?.Split('\n').FirstOrDefault(static line => line.StartsWith(Line, StringComparison.Ordinal));
        var words = line?[Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [_, var hard, ..] && long.TryParse(hard, NumberStyles.None, CultureInfo.InvariantCulture, out var allowed) ? allowed : null;
    }
}
