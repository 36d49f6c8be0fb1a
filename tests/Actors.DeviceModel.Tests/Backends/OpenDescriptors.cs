namespace Actors.DeviceModel.Tests;

/// <summary>The descriptors of this process that a backend could have opened, after the readiness loop has ended if nobody uses it.</summary>
internal static class OpenDescriptors
{
    private static readonly string[] Kinds = ["socket:", "pipe:", "anon_inode:[eventpoll]", "anon_inode:[eventfd]", "/dev/pt", "/dev/null", "/dev/full", "/tmp/"];

    public static IReadOnlyList<string> Snapshot()
    {
        if (ReadinessLoop.Shared.Count == 0 && ReadinessLoop.Shared.CurrentThread is { } ending)
            Assert.True(ending.Join(BackendSignals.Patience), "the loop didn't end");

        return
        [
            .. Directory.GetFiles("/proc/self/fd")
                .Select(path => (Name: Path.GetFileName(path), Target: new FileInfo(path).LinkTarget))
                .Where(open => open.Target is { } target && Kinds.Any(kind => target.StartsWith(kind, StringComparison.Ordinal)))
                .Select(open => $"{open.Name} {open.Target}")
                .Order(StringComparer.Ordinal),
        ];
    }
}
