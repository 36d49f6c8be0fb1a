using System.Diagnostics;

namespace Actors.Cli.Tests;

/// <summary>Two hosts on one machine, where it allows network namespaces.</summary>
public sealed class NamespacesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    [NamespaceFact]
    public async Task Vms_work_on_and_between_two_hosts()
    {
        var start = new ProcessStartInfo("sh", [Path.Combine(DeployFolder.Path, "namespaces.sh"), Path.Combine(AppContext.BaseDirectory, "actors")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ACTORS_PROFILE"] = "patient";
        using var script = Process.Start(start)!;
        var (output, error) = (script.StandardOutput.ReadToEndAsync(), script.StandardError.ReadToEndAsync());
        await script.WaitForExitAsync().WaitAsync(Patience);

        Assert.True(script.ExitCode == 0, await error + await output);
        Assert.Contains("20 on 2 nodes, colocated", await output, StringComparison.Ordinal);
        Assert.Contains("20 on 2 nodes, split", await output, StringComparison.Ordinal);

        // Its own: other programs may make some meanwhile. The script ends their names with its number.
        Assert.DoesNotContain(Namespaces().Split('\n'), name => name.Split(' ')[0].EndsWith($"-{script.Id}", StringComparison.Ordinal));
    }

    private static string Namespaces()
    {
        using var list = Process.Start(new ProcessStartInfo("ip", ["netns", "list"]) { RedirectStandardOutput = true })!;
        return list.StandardOutput.ReadToEnd();
    }

    /// <summary>Where a machine allows none, the test is skipped with what it says.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class NamespaceFactAttribute : ToolFactAttribute
    {
        public NamespaceFactAttribute()
            : base("ip", "sh")
        {
            if (Skip is not null)
                return;
            var name = $"actors-probe-{Environment.ProcessId}";
            if (Ip("netns", "add", name) is { } refusal)
                Skip = $"no network namespaces on this machine: {refusal}";
            else
                Ip("netns", "delete", name);
        }

        private static string? Ip(params string[] arguments)
        {
            using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
            var said = ip.StandardError.ReadToEnd();
            ip.WaitForExit();
            return ip.ExitCode == 0 ? null : said.Trim();
        }
    }
}
