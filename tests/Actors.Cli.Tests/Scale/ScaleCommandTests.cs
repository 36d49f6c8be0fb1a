using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Actors.Cli.Tests;

/// <summary><c>actors scale</c> as a person starts it, with true processes. They wait for what happens, never for a time.</summary>
public sealed partial class ScaleCommandTests : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "actors");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("actors-scale-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Two_nodes_and_a_few_dozen_VMs_lose_and_double_nothing_and_leave_nothing_behind()
    {
        var report = Path.Combine(_folder.FullName, "report.html");
        var (status, output, error) = Run("scale", "--workload", Plan("guest: echo\ntraffic: { linesPerSecond: 20 }\nobjectives: { lost: 0, doubled: 0 }\n"), "--vms", "36", "--nodes", "2", "--duration", "2s", "--json", "--report", report);

        Assert.True(status == 0, error + output);
        var summary = JsonDocument.Parse(output).RootElement;
        Assert.Equal((36, 2, 0, 0), (Number(summary, "vms"), Number(summary, "nodes"), Number(summary, "lost"), Number(summary, "doubled")));
        Assert.Equal(Number(summary, "bytesSent"), Number(summary, "bytesArrived"));
        Assert.True(Number(summary, "bytesArrived") >= 36 * 64, output);
        Assert.Equal(2, summary.GetProperty("objectives").GetArrayLength());
        Assert.Contains("<svg", File.ReadAllText(report), StringComparison.Ordinal);
        AssertGone(error, 2);
    }

    [Fact]
    public void However_short_the_time_is_each_VM_has_its_line()
    {
        var (status, output, error) = Run("scale", "--workload", Plan("guest: echo\ntraffic: { linesPerSecond: 2 }\nobjectives: { lost: 0, doubled: 0 }\n"), "--vms", "10", "--duration", "1ms", "--json");

        Assert.True(status == 0, error + output);
        Assert.True(Number(JsonDocument.Parse(output).RootElement, "bytesArrived") >= 10 * 64, output);
    }

    [Fact]
    public void Lines_that_guests_send_arrive_whole_on_streams()
    {
        var (status, output, error) = Run("scale", "--workload", Plan("guest: lines\ntraffic: { lineBytes: 100, bytesPerVm: 200000 }\n"), "--vms", "4", "--duration", "10m", "--json");

        Assert.True(status == 0, error + output);
        Assert.Equal((800_000, 800_000), (Number(JsonDocument.Parse(output).RootElement, "bytesSent"), Number(JsonDocument.Parse(output).RootElement, "bytesArrived")));
    }

    [Fact]
    public void A_node_that_ends_by_itself_ends_the_test_and_is_named()
    {
        using var test = Start(Plan("guest: echo\n"));
        Process.GetProcessById(test.Nodes[1]).Kill();

        var (status, error) = test.End();

        Assert.Equal(1, status);
        Assert.Contains("PROBLEM   node 2 (", test.Output, StringComparison.Ordinal);
        Assert.Contains("ended, killed by signal 9; --expect-loss lets a test go on without it", test.Output, StringComparison.Ordinal);
        AssertGone(error, 2);
    }

    [Theory]
    [InlineData(2, 130)]
    [InlineData(15, 143)]
    [InlineData(9, 137)]
    public void A_signal_leaves_no_process_and_no_folder_behind(int signal, int expected)
    {
        using var test = Start(Plan("guest: echo\n"));
        Assert.Single(Sockets());
        using var keeper = Process.GetProcessById(ProcessTree.ShellOf(test.Id));
        ProcessTree.Signal(test.Id, signal);

        var (status, error) = test.End();

        Assert.Equal(expected, status);
        AssertGone(error, 2);

        // Of a test that was killed the shell removes what is left, and then ends; whoever stays lets this fail, however long it takes.
        Assert.True(keeper.WaitForExit(60_000), "the shell is still there");
        Assert.Empty(Sockets());
    }

    /// <summary>Without nodes of its own a test has a shell for its folder alone.</summary>
    [Fact]
    public void A_test_with_one_node_in_its_process_leaves_no_folder_when_it_is_killed()
    {
        using var test = Start(Plan("guest: echo\n"), "--expect-loss");
        Assert.Single(Sockets());
        using var keeper = Process.GetProcessById(ProcessTree.ShellOf(test.Id));
        ProcessTree.Signal(test.Id, ProcessTree.Kill);
        Assert.Equal(137, test.End().Status);
        Assert.True(keeper.WaitForExit(60_000), "the shell is still there");
        Assert.Empty(Sockets());
    }

    /// <summary>The nodes see to it, also the one that stands still, and who begins next where there is none.</summary>
    [Fact]
    public void A_test_that_is_killed_together_with_its_shell_leaves_no_process_and_no_folder()
    {
        using var test = Start(Plan("guest: echo\n"));
        var folder = Assert.Single(Sockets());
        ProcessTree.Signal(test.Nodes[1], ProcessTree.Stop);
        KillWithShell(test);

        AssertGone(test.End().Error, 2);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void What_a_test_in_one_process_left_when_it_was_killed_together_with_its_shell_goes_when_the_next_begins()
    {
        using var living = Start(Plan("guest: echo\n"), "--expect-loss");
        var used = Assert.Single(Sockets());
        using (var killed = Start(Plan("guest: echo\n"), "--expect-loss"))
        {
            KillWithShell(killed);
            Assert.Equal(137, killed.End().Status);
        }

        Assert.Equal(2, Sockets().Length);
        using (Start(Plan("guest: echo\n"), "--expect-loss"))
        {
            Assert.Equal(2, Sockets().Length);
            Assert.Contains(used, Sockets());
        }
    }

    [Fact]
    public void A_setting_that_no_node_starts_with_is_one_line()
    {
        var hocon = Path.Combine(_folder.FullName, "loud.hocon");
        File.WriteAllText(hocon, "akka.loglevel = LOUD");

        var (status, output, error) = Run("scale", "--workload", "echo", "--vms", "2", "--nodes", "2", "--hocon", hocon);

        Assert.Equal((2, ""), (status, output));
        Assert.StartsWith($"actors: node 1: Akka can't start with what --hocon '{hocon}' says: Unknown LogLevel", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("actors: there is no workload plan 'nothing' (in the box: bulk, console, echo, exits, idle)", "--workload", "nothing")]
    [InlineData("actors: there is no workload plan 'no/such', name a file that is there or a plan in the box: bulk, console, echo, exits, idle", "--workload", "no/such")]
    [InlineData("actors: '.' is a directory, a workload plan is a file (*.scale.yaml) or a name (in the box: bulk, console, echo, exits, idle)", "--workload", ".")]
    [InlineData("actors: '/dev/zero' is no workload plan, it is larger than 1 MiB", "--workload", "/dev/zero")]
    [InlineData("actors: --hocon '/dev/zero' has more than 1 MiB, at most that is read", "--workload", "echo", "--nodes", "2", "--hocon", "/dev/zero")]
    [InlineData("actors: '/proc/none' can't be written: nothing can be made in '/proc', name another file", "--workload", "echo", "--report", "/proc/none")]
    [InlineData("actors: --hocon goes with --nodes, other nodes have their own", "--workload", "echo", "--hocon", "/nowhere")]
    [InlineData("actors: --hocon '/nowhere': there is no such file", "--workload", "echo", "--nodes", "2", "--hocon", "/nowhere")]
    [InlineData("actors: --nodes is a number from 1 to 64, not '0'", "--workload", "echo", "--nodes", "0")]
    [InlineData("actors: --vms is a number from 1 to 1000000, not 'many'", "--workload", "echo", "--vms", "many")]
    [InlineData("actors: --placement is colocated or split, not 'here'", "--workload", "echo", "--placement", "here")]
    [InlineData("actors: --duration is a time such as 500ms, 30s, 5m or 2h, not 'long'", "--workload", "echo", "--duration", "long")]
    [InlineData("actors: --nodes starts a cluster and --join uses one that runs, give one of them", "--workload", "echo", "--nodes", "2", "--join", "a:1")]
    [InlineData("actors: --join takes nodes as host:port, not 'a'", "--workload", "echo", "--join", "a")]
    [InlineData("actors: --join takes nodes as host:port, not '\"x:5'", "--workload", "echo", "--join", "\"x:5")]
    [InlineData("actors: --join names no node, write host:port or leave it away", "--workload", "echo", "--join", "")]
    [InlineData("actors: --host takes a name or an IPv4 address, not 'a b'", "--workload", "echo", "--join", "a:1", "--host", "a b")]
    [InlineData("actors: '' can't be written: an empty name is no name, name another file", "--workload", "echo", "--report", "")]
    public void A_mistake_is_one_sentence_and_status_2(string sentence, params string[] arguments)
    {
        using var error = new StringWriter();
        using var output = new StringWriter();

        var status = new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null).Invoke(["scale", .. arguments], output, error);

        Assert.Equal((2, sentence + Environment.NewLine, ""), (status, error.ToString(), output.ToString()));
    }

    [GeneratedRegex("process ([0-9]+) at ")]
    private static partial Regex ProcessOfNode();

    private static long Number(JsonElement summary, string name) => summary.GetProperty(name).GetInt64();

    private static (int Status, string Output, string Error) Run(params string[] arguments)
    {
        using var process = Process.Start(Of(arguments))!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    private static ProcessStartInfo Of(IEnumerable<string> arguments) => new(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };

    private static void AssertGone(string error, int count)
    {
        var processes = ProcessOfNode().Matches(error).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(count, processes.Count);
        foreach (var id in processes)
        {
            // Those whose parent was killed end a moment after it; whoever stays lets the test hang, not pass.
            try
            {
                using var process = Process.GetProcessById(id);
                Assert.True(process.WaitForExit(TimeSpan.FromMinutes(10)), $"process {id} is still there");
            }
            catch (ArgumentException)
            {
                // Gone.
            }
        }
    }

    private string Plan(string rest)
    {
        var file = Path.Combine(_folder.FullName, "test.scale.yaml");
        File.WriteAllText(file, "name: test\n" + rest);
        return file;
    }

    /// <summary>Starts a test on two nodes, or on what is said; its folders for a time are ours.</summary>
    private RunningTest Start(string plan, params string[] nodes)
    {
        var start = Of(["scale", "--workload", plan, "--vms", "10", "--duration", "1h", .. nodes.Length == 0 ? ["--nodes", "2"] : nodes]);
        start.Environment["TMPDIR"] = _folder.FullName;
        return new RunningTest(Process.Start(start)!);
    }

    /// <summary>Stops the shell first: it must not be faster than the signal that kills it, and it is missed only when it ends.</summary>
    private static void KillWithShell(RunningTest test)
    {
        var shell = ProcessTree.ShellOf(test.Id);
        ProcessTree.Signal(shell, ProcessTree.Stop);
        ProcessTree.Signal(test.Id, ProcessTree.Kill);
        ProcessTree.Signal(shell, ProcessTree.Kill);
    }

    /// <summary>Folders of tests that run, or that left them.</summary>
    private string[] Sockets() => Directory.GetDirectories(_folder.FullName, "actors-scale-*");

    /// <summary>A test whose VMs are all up.</summary>
    private sealed class RunningTest : IDisposable
    {
        private readonly Process _process;
        private readonly List<string> _lines = [];
        private readonly Task<string> _output;

        public RunningTest(Process process)
        {
            _process = process;
            _output = process.StandardOutput.ReadToEndAsync();
            while (process.StandardError.ReadLine() is { } line)
            {
                _lines.Add(line);
                Assert.DoesNotContain("the test goes on with the others", line, StringComparison.Ordinal);
                if (line.Contains("VMs 10/10", StringComparison.Ordinal))
                    return;
            }
        }

        public int Id => _process.Id;

        public string Output => _output.GetAwaiter().GetResult();

        public IReadOnlyList<int> Nodes => [.. _lines.Select(line => ProcessOfNode().Match(line)).Where(match => match.Success).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

        public (int Status, string Error) End()
        {
            while (_process.StandardError.ReadLine() is { } line)
                _lines.Add(line);
            _process.WaitForExit();
            return (_process.ExitCode, string.Join('\n', _lines));
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
            _process.Dispose();
        }
    }
}
