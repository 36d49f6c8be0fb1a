using Actors.Cluster;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>The paths of <c>--inspect</c>.</summary>
internal static class InspectOption
{
    /// <summary>Paths that begin with the machine, which may be left out: there is only one.</summary>
    public static Parsed<InspectPaths> Parse(IReadOnlyList<string> paths, VmId vm)
    {
        var whole = new List<string>();
        foreach (var path in paths)
        {
            var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 0)
                return new Mistake($"{RunOptionNames.Inspect} names no place, write a path such as pci-0.3.0/queue-1/avail, or {vm} for all");
            var isWhole = parts[0].StartsWith("vm-", StringComparison.Ordinal) || parts[0] == "*";
            if (isWhole && parts[0] != "*" && parts[0] != vm.ToString())
                return new Mistake($"{RunOptionNames.Inspect} '{path}' is of another machine, this one is {vm}");
            var given = isWhole ? $"{vm}/{string.Join('/', parts[1..])}".TrimEnd('/') : $"{vm}/{string.Join('/', parts)}";
            if (!InspectPath.TryVm(given, out _, out var problem))
                return new Mistake($"{RunOptionNames.Inspect} '{path}' {problem}");
            whole.Add(given);
        }

        return new InspectPaths(whole);
    }
}

/// <summary>Paths that are wanted.</summary>
/// <param name="Paths">None: nothing is shown.</param>
internal sealed record InspectPaths(IReadOnlyList<string> Paths)
{
    /// <summary>What a machine is asked for, or null.</summary>
    public InspectRequest? Request(Action<string> print) => Paths.Count == 0 ? null : new InspectRequest(Paths, print);
}
