using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Actors.Cli.Tests;

/// <summary>A person presses Ctrl-C while processes run, one of them stopped.</summary>
public sealed partial class RealInterruptTests : IDisposable
{
    private const string ApplicationKeys = "\u001b[?1h";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("actors-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [ToolFact("script", "stty", "sh")]
    public async Task Ctrl_C_leaves_no_process_and_the_terminal_as_it_was()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "x.chaos.yaml"), """
            name: x
            topology: { nodes: 3, vms: 2 }
            """);
        using var terminal = Terminal("trap : INT; stty -g; \"$ACTORS\" chaos run x.chaos.yaml --real --time 60s; echo status=$?; stty -g");
        var shown = new StringBuilder();
        await ReadUntilAsync(terminal.StandardOutput, shown, text => ProcessNumber().Count(text) == 3);
        using (var stop = Process.Start("kill", ["-STOP", ProcessNumber().Match(shown.ToString()).Groups[1].Value]))
            await stop.WaitForExitAsync();
        await terminal.StandardInput.WriteAsync('\x03');
        await terminal.StandardInput.FlushAsync();
        shown.Append(await terminal.StandardOutput.ReadToEndAsync().WaitAsync(Patience));
        await terminal.WaitForExitAsync();

        var text = shown.ToString();
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.EndsWith("status=130", StringComparison.Ordinal));
        Assert.Equal(lines[0], lines[^1]);
        Assert.True(text.LastIndexOf(ApplicationKeys, StringComparison.Ordinal) < text.LastIndexOf(TerminalKeys.Normal, StringComparison.Ordinal) || !text.Contains(ApplicationKeys, StringComparison.Ordinal));
        var processes = ProcessNumber().Matches(text).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(3, processes.Count);
        Assert.All(processes, process => Assert.False(IsOurs(process), $"process {process} is still there"));
    }

    [SkippableFact]
    public async Task A_run_that_is_killed_together_with_its_shell_leaves_no_process_not_even_a_stopped_one_and_no_folder()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "--real needs Linux");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "x.chaos.yaml"), "name: x\ntopology: { nodes: 3, vms: 2, cluster: { detection: 600s } }\n");
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "actors"), ["chaos", "run", "x.chaos.yaml", "--real", "--time", "1h"]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = _folder.FullName };
        start.Environment["TMPDIR"] = _folder.FullName;
        using var run = Process.Start(start)!;
        var shown = new StringBuilder();
        await ReadUntilAsync(run.StandardError, shown, text => ProcessNumber().Count(text) >= 3 && text.Contains("VM 0 runs on", StringComparison.Ordinal));
        var nodes = ProcessNumber().Matches(shown.ToString()).Select(match => Process.GetProcessById(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))).ToList();
        Assert.Single(_folder.GetDirectories("actors-chaos-*"));

        var shell = ProcessTree.ShellOf(run.Id);
        ProcessTree.Signal(nodes[1].Id, ProcessTree.Stop);
        ProcessTree.Signal(shell, ProcessTree.Stop);
        ProcessTree.Signal(run.Id, ProcessTree.Kill);
        ProcessTree.Signal(shell, ProcessTree.Kill);

        Assert.All(nodes, node => Assert.True(node.WaitForExit(Patience), $"process {node.Id} is still there"));
        Assert.Empty(_folder.GetDirectories("actors-chaos-*"));
        nodes.ForEach(static node => node.Dispose());
    }

    private static async Task ReadUntilAsync(StreamReader reader, StringBuilder shown, Func<string, bool> isThere)
    {
        var buffer = new char[1024];
        while (!isThere(shown.ToString()))
        {
            var count = await reader.ReadAsync(buffer).AsTask().WaitAsync(Patience);
            Assert.True(count > 0, shown.ToString());
            shown.Append(buffer, 0, count);
        }
    }

    /// <summary>Its number may be another program's by now.</summary>
    private static bool IsOurs(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Contains("actors", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"begins at \S+, process (\d+)\r?\n")]
    private static partial Regex ProcessNumber();

    private Process Terminal(string command)
    {
        var start = new ProcessStartInfo("script", ["-q", "-e", "-c", command, "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _folder.FullName,
        };
        start.Environment["ACTORS"] = Path.Combine(AppContext.BaseDirectory, "actors");
        start.Environment["SHELL"] = "/bin/sh";
        start.Environment["TERM"] = "xterm";
        return Process.Start(start)!;
    }
}
