using Actors.Protocol;

namespace Actors.Cli.Tests;

public sealed class TraceCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pictures").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("run.jsonl")]
    [InlineData("run.txt")]
    public void Either_format_of_a_run_s_trace_is_drawn(string name)
    {
        var file = Recorded(name);

        var (status, output, error) = Invoke("trace", file, "--exit", "1", "--width", "80");

        Assert.Equal((0, ""), (status, error));
        Assert.Contains("VmExit #1 pio read8 0x60", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", output, StringComparison.Ordinal);
        Assert.DoesNotContain("#2", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mermaid", "sequenceDiagram\n")]
    [InlineData("html", "<!DOCTYPE html>\n")]
    [InlineData("perfetto", "{\"displayTimeUnit\":\"ns\"")]
    [InlineData("terminal", "           vcpu-0\n")]
    public void A_picture_goes_to_a_file(string kind, string begins)
    {
        var file = Path.Combine(_folder, "out");

        var (status, output, error) = Invoke("trace", Recorded("run.jsonl"), "--as", kind, "--out", file);

        Assert.Equal((0, "", ""), (status, output, error));
        Assert.StartsWith(begins, File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_replay_s_trace_is_drawn()
    {
        var file = Path.Combine(_folder, "world.jsonl");
        Assert.Equal(0, Invoke("chaos", "replay", "17", "--plan", "interrupt-lost", "--trace", file).Status);

        var (status, output, _) = Invoke("trace", file, "--width", "200");

        Assert.Equal(0, status);
        Assert.Contains("faults may fire", output, StringComparison.Ordinal);
        Assert.Contains("IoExit #100", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no file 'FOLDER/none': actors run --trace=FOLDER/none records one", "FOLDER/none")]
    [InlineData("'FOLDER' is a directory, a trace is a file", "FOLDER")]
    [InlineData("'FOLDER/empty' is empty", "FOLDER/empty")]
    [InlineData("--exit is an exit's number, from 1 on, or the address of the first one wanted, such as 0x80007004, not '0'", "FILE", "--exit", "0")]
    [InlineData("--exit is an exit's number, from 1 on, or the address of the first one wanted, such as 0x80007004, not '0x'", "FILE", "--exit", "0x")]
    [InlineData("'FILE' has no events of what is chosen", "FILE", "--exit", "0xdead")]
    [InlineData("--vm is a VM's number, not 'x'", "FILE", "--vm", "x")]
    [InlineData("--from is a time such as 350us, 1.5ms or 2s, not '7'", "FILE", "--from", "7")]
    [InlineData("--from is later than --to", "FILE", "--from", "2s", "--to", "1s")]
    [InlineData("--width is a number from 40 to 500, not '10'", "FILE", "--width", "10")]
    [InlineData("'FILE' has no events of what is chosen", "FILE", "--vm", "9")]
    [InlineData("--out 'FILE' is the recording itself, name another file", "FILE", "--as", "html", "--out", "FILE")]
    [InlineData("--width is about the chart in text, leave it out with --as html", "FILE", "--as", "html", "--width", "100")]
    [InlineData("there is no option '--frob', did you mean '--from'? (actors trace --help lists them)", "--frob", "FILE")]
    [InlineData("'FOLDER/none/x' can't be written: the directory 'FOLDER/none' doesn't exist, name another file", "FILE", "--out", "FOLDER/none/x")]
    public void A_mistake_is_one_sentence_and_status_2(string sentence, params string[] arguments)
    {
        var file = Recorded("run.jsonl");
        File.WriteAllText(Path.Combine(_folder, "empty"), "");

        var (status, output, error) = Invoke(["trace", .. arguments.Select(Named)]);

        Assert.Equal((2, "", $"actors: {Named(sentence)}\n"), (status, output, error));

        string Named(string text) => text.Replace("FILE", file, StringComparison.Ordinal).Replace("FOLDER", _folder, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_no_mistake_and_status_1()
    {
        var (status, output, error) = Invoke("trace", Recorded("run.jsonl"), "--as", "html", "--out", "/dev/full");

        Assert.Equal((1, "", "actors: '/dev/full' can't be written: No space left on device, name another file\n"), (status, output, error));
    }

    [Fact]
    public void A_kind_that_isn_t_one_is_told_with_those_that_are()
    {
        var (status, _, error) = Invoke("trace", Recorded("run.jsonl"), "--as", "pdf");

        Assert.Equal(2, status);
        Assert.Contains("terminal", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("--trace-format needs --trace", "--trace-format", "json")]
    public void A_format_needs_a_trace(string sentence, params string[] arguments)
    {
        var (status, _, error) = Invoke(["run", .. arguments]);

        Assert.Equal((2, $"actors: {sentence}\n"), (status, error));
    }

    private string Recorded(string name)
    {
        var file = Path.Combine(_folder, name);
        Assert.Equal((0, "", ""), Invoke("run", $"--trace={file}"));
        return file;
    }

    private static (int Status, string Output, string Error) Invoke(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var runner = new ScriptedRunner((spec, options, _) =>
        {
            options.Trace?.Record(new PathStep(PathHop.VmExit, spec.Vm, 0, 1, IoAccess.In(0x60, 1)));
            options.Trace?.Record(new PathStep(PathHop.EmulateIo, spec.Vm, 0, 1, IoAccess.In(0x60, 1)));
            options.Trace?.Record(new PathStep(PathHop.VmExit, spec.Vm, 0, 2, IoAccess.In(0x61, 1)));
            return Task.FromResult(ScriptedRunner.PowerOff);
        });
        var status = new CommandLine(runner, _ => null).Invoke(arguments, output, error);
        return (status, output.ToString(), error.ToString());
    }
}
