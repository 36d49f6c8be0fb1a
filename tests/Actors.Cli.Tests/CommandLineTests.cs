using System.Collections.Immutable;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cli.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public void A_guest_s_arguments_end_at_the_next_option()
    {
        var runner = new ScriptedRunner(ScriptedRunner.PowerOff);

        var (status, _, error) = Invoke(runner, "run", "--guest", "copy", "in", "out", "-s", "3,virtio-console,@stdio:in,file:out=out.txt");

        Assert.Equal((0, ""), (status, error));
        Assert.Equal("copy|in|out", string.Join('|', runner.Spec!.Guest.Arguments.Prepend(runner.Spec.Guest.Name)));
        Assert.Equal(["in", "out"], runner.Spec.Devices[0].Ports.Select(port => port.Name));
    }

    [Fact]
    public void Slots_and_policies_may_be_repeated()
    {
        var runner = new ScriptedRunner(ScriptedRunner.PowerOff);

        Invoke(runner, "run", "-s", "3,virtio-console,pty:a", "--policy", "drop", "-s", "4,virtio-console,pty:b", "--policy", "b:block");

        Assert.Equal([PortPolicy.Drop, PortPolicy.Block], runner.Spec!.Devices.Select(device => device.Ports[0].Policy));
    }

    [Fact]
    public void An_at_sign_never_names_a_file_of_arguments()
    {
        var runner = new ScriptedRunner(ScriptedRunner.PowerOff);

        Invoke(runner, "run", "--guest", "echo", "@port", "-s", "3,virtio-console,@stdio:@port");

        Assert.Equal("@port", Assert.Single(runner.Spec!.Guest.Arguments));
    }

    [Theory]
    [InlineData("", "no command is given, actors run runs a machine and actors --help says more")]
    [InlineData("start", "there is no command 'start', actors run runs a machine and actors --help says more")]
    [InlineData("rnu", "there is no command 'rnu', did you mean 'run'? (actors --help lists them)")]
    [InlineData("nod", "there is no command 'nod', did you mean 'node'? (actors --help lists them)")]
    [InlineData("run now", "'now' stands where an option should (actors run --help lists them)")]
    [InlineData("run --polcy drop", "there is no option '--polcy', did you mean '--policy'? (actors run --help lists them)")]
    [InlineData("run -m", "a value is missing after '-m'")]
    [InlineData("run -s", "a value is missing after '-s'")]
    [InlineData("run --guest -m 1g", "a value is missing after '--guest'")]
    [InlineData("run --guest hello --guest shell", "--guest is given twice, a machine has one guest")]
    [InlineData("scale", "actors scale needs --workload PLAN (actors scale --help says more)")]
    [InlineData("certificates --names a", "actors certificates needs --out DIR (actors certificates --help says more)")]
    [InlineData("receive --listen 127.0.0.1:0 --sync", "--sync is about files, add --out FILE or leave it out")]
    [InlineData("run -m 1", "-m 1 needs k, m or g after the number, such as 256m")]
    [InlineData("run --guest nobody", "there is no guest 'nobody'")]
    [InlineData("run -s 3,virtio-console,@stido:x", "'@stido:x' has no port type 'stido', the types are stdio, tty, pty, file, socket and stream, did you mean 'stdio'?")]
    public void A_mistake_is_one_line_and_status_2_and_no_machine(string arguments, string sentence)
    {
        var runner = new ScriptedRunner(ScriptedRunner.PowerOff);

        var (status, output, error) = Invoke(runner, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal((2, "", $"actors: {sentence}\n"), (status, output, error));
        Assert.Null(runner.Spec);
    }

    [Fact]
    public void A_folder_without_a_name_is_one_line_and_status_2()
    {
        var (status, output, error) = Invoke(new ScriptedRunner(ScriptedRunner.PowerOff), ["certificates", "--out", ""]);

        Assert.Equal((2, "", "actors: --out can't make certificates in '': an empty name is no name, name another folder\n"), (status, output, error));
    }

    [Fact]
    public void An_option_given_twice_is_one_line_and_status_2()
    {
        var (status, _, error) = Invoke(new ScriptedRunner(ScriptedRunner.PowerOff), "run", "-m", "1g", "-m", "2g");

        Assert.Equal(2, status);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_refused_machine_is_one_line_and_status_2()
    {
        var (status, _, error) = Invoke(new ScriptedRunner(new MachineResult.Refused("'vm.sock' is in use")), "run");

        Assert.Equal((2, "actors: 'vm.sock' is in use\n"), (status, error));
    }

    [Fact]
    public void Notices_and_lost_bytes_go_to_standard_error()
    {
        var ports = ImmutableArray.Create(new PortReport("x", 456, 333, 123, 0, 0, null));
        var runner = new ScriptedRunner((_, options, _) =>
        {
            options.Notice("port 'x' is pts/7");
            return Task.FromResult<MachineResult>(new MachineResult.Ended(VmEnd.PowerOff, null, ports));
        });

        var (status, output, error) = Invoke(runner, "run", "-s", "3,virtio-console,pty:x");

        Assert.Equal((0, ""), (status, output));
        Assert.Equal("actors: port 'x' is pts/7\nactors: port 'x': 123 of 456 bytes dropped (buffer full)\n", error);
    }

    [Fact]
    public void A_defect_of_ours_is_one_line_and_status_1()
    {
        var (status, _, error) = Invoke(new ScriptedRunner((_, _, _) => throw new InvalidOperationException("no such slot")), "run");

        Assert.Equal((1, "actors: a defect of the program: InvalidOperationException: no such slot\n"), (status, error));
    }

    [Fact]
    public void A_trace_without_a_file_goes_to_standard_error()
    {
        var (status, output, error) = Invoke(Traced(ScriptedRunner.PowerOff), "run", "--trace", "--guest", "hello");

        Assert.Equal((0, ""), (status, output));
        Assert.Contains("VM exit", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trace_with_a_file_goes_there()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "trace.txt");

        var (status, _, error) = Invoke(Traced(ScriptedRunner.PowerOff), "run", $"--trace={file}");

        Assert.Equal((0, ""), (status, error));
        Assert.Contains("VM exit", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_machine_leaves_no_trace_file_but_keeps_one_that_was_there()
    {
        using var folder = new TemporaryFolder();
        var refused = new MachineResult.Refused("no");
        var (fresh, old) = (Path.Combine(folder.Path, "new"), Path.Combine(folder.Path, "old"));
        File.WriteAllText(old, "");

        Invoke(Traced(refused), "run", $"--trace={fresh}");
        Invoke(Traced(refused), "run", $"--trace={old}");

        Assert.False(File.Exists(fresh));
        Assert.True(File.Exists(old));
    }

    [Fact]
    public void A_trace_that_can_t_be_written_is_one_line_and_status_2()
    {
        using var folder = new TemporaryFolder();
        var missing = Path.Combine(folder.Path, "none");
        var runner = new ScriptedRunner(ScriptedRunner.PowerOff);

        var (status, _, error) = Invoke(runner, "run", $"--trace={missing}/trace.txt");

        Assert.Equal((2, $"actors: --trace can't write '{missing}/trace.txt': the directory '{missing}' doesn't exist, name another file\n"), (status, error));
        Assert.Null(runner.Spec);
    }

    [Theory]
    [InlineData("-m is given 2 times, write it once", "-m", "1g", "-m", "2g")]
    [InlineData("--vcpus is given 3 times, write it once", "--vcpus", "1", "--vcpus", "1", "--vcpus", "1")]
    [InlineData("--trace= names no file, write --trace=FILE, or --trace for standard error", "--trace=")]
    public void What_only_the_words_show_is_one_line_and_status_2(string sentence, params string[] options)
    {
        var runner = new ScriptedRunner(ScriptedRunner.PowerOff);

        var (status, output, error) = Invoke(runner, ["run", .. options]);

        Assert.Equal((2, "", $"actors: {sentence}\n"), (status, output, error));
        Assert.Null(runner.Spec);
    }

    [Fact]
    public void A_line_break_in_a_name_breaks_no_line()
    {
        var (status, _, error) = Invoke(new ScriptedRunner(new MachineResult.Refused("no 'a\nb' here.")), "run");

        Assert.Equal((2, "actors: no 'a?b' here\n"), (status, error));
    }

    [Fact]
    public void Where_nobody_takes_a_line_the_status_has_to_do()
    {
        using var full = new FullWriter();
        var commands = new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null);

        Assert.Equal(2, commands.Invoke(["run", "-m", "1"], TextWriter.Null, full));
        using var error = new StringWriter { NewLine = "\n" };
        Assert.Equal(1, commands.Invoke(["--help"], full, error));
        Assert.Equal("actors: standard output can't be written: no space left\n", error.ToString());
    }

    [Fact]
    public void The_built_in_help_lists_every_guest()
    {
        var (_, output, _) = Invoke(new ScriptedRunner(ScriptedRunner.PowerOff), "run", "--help");

        Assert.All(GuestCatalog.Help, guest => Assert.Contains($"{guest.Usage}: {guest.Summary}", output, StringComparison.Ordinal));
    }

    [Fact]
    public void The_built_in_help_names_every_option()
    {
        var (status, output, _) = Invoke(new ScriptedRunner(ScriptedRunner.PowerOff), "run", "--help");

        Assert.Equal(0, status);
        Assert.All(RunOptionNames.All, option => Assert.Contains($"  {option} ", output, StringComparison.Ordinal));
    }

    [Fact]
    public void The_version_is_printed()
    {
        var (status, output, _) = Invoke(new ScriptedRunner(ScriptedRunner.PowerOff), "--version");

        Assert.Equal(0, status);
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }

    private static ScriptedRunner Traced(MachineResult result) => new((_, options, _) =>
    {
        options.Trace!.Record(new PathStep(PathHop.VmExit, new VmId(1), 0, 1, IoAccess.In(0x60, 1)));
        return Task.FromResult(result);
    });

    private static (int Status, string Output, string Error) Invoke(IMachineRunner runner, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var commands = new CommandLine(runner, guest => guest.Name == "nobody" ? "there is no guest 'nobody'." : null);
        return (commands.Invoke(arguments, output, error), output.ToString(), error.ToString());
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("actors-cli-");

        public string Path => _folder.FullName;

        public void Dispose() => _folder.Delete(recursive: true);
    }

    private sealed class FullWriter : StringWriter
    {
        public override void Write(char value) => throw new IOException("no space left");

        public override void Write(string? value) => throw new IOException("no space left");

        public override void WriteLine(string? value) => throw new IOException("no space left");
    }
}
