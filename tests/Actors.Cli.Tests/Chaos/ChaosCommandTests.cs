using Actors.Simulation;
using System.Text.Json;
using System.Xml.Linq;

namespace Actors.Cli.Tests;

public sealed class ChaosCommandTests
{
    private const string Plain = """
        name: plain
        promise: What the guest sends arrives.
        workload: { kind: console-write, bytes: 256 }
        """;

    private const string Silent = """
        name: silent
        workload: { kind: console-write, bytes: 256 }
        faults:
          - { id: never, site: irq.raise, do: drop, nth: 1000000 }
        sometimes: [ never.reached ]
        """;

    [Theory]
    [InlineData("chaos", "actors chaos needs a command: run, replay, shrink, explain, list, fail-nth, canaries")]
    [InlineData("chaos runn", "there is no command 'actors chaos runn', did you mean 'run'? (actors chaos --help lists them)")]
    [InlineData("chaos run", "actors chaos run needs PLAN (actors chaos run --help says more)")]
    [InlineData("chaos run no-such-plan", "there is no plan 'no-such-plan' (actors chaos list names the plans in the box)")]
    [InlineData("chaos run no/such.chaos.yaml", "there is no plan file 'no/such.chaos.yaml', name one that is there or a plan in the box (actors chaos list names them)")]
    [InlineData("chaos run .", "'.' is a directory, a plan is a file (*.chaos.yaml) or a name (actors chaos list names the plans in the box)")]
    [InlineData("chaos run PLAN --report /proc/none", "--report can't make the folder '/proc/none': nothing can be made in '/proc', name another one")]
    [InlineData("chaos run PLAN --junit /proc/none", "'/proc/none' can't be written: nothing can be made in '/proc', name another file")]
    [InlineData("chaos run PLAN --junit /none/x", "'/none/x' can't be written: the directory '/none' doesn't exist, name another file")]
    [InlineData("chaos replay .", "'.' is a directory, name a choice log (*.choices.bin) or a seed such as 17")]
    [InlineData("chaos run PLAN --sed 3", "there is no option '--sed', did you mean '--seeds'? (actors chaos run --help lists them)")]
    [InlineData("chaos run PLAN --seeds 0", "--seeds is a number from 1 on, not '0'")]
    [InlineData("chaos run PLAN --from x", "--from is a seed, a number such as 17 or 0x1f3a, not 'x'")]
    [InlineData("chaos run PLAN --jobs 0", "--jobs is a number from 1 to 256, not '0'")]
    [InlineData("chaos run PLAN --time 3", "--time is a time such as 500ms, 30s, 5m or 2h, not '3'")]
    [InlineData("chaos run PLAN --flaw none", "there is no flawed variant 'none' (actors chaos list names them)")]
    [InlineData("chaos run PLAN more", "'more' is one argument too many (actors chaos run --help says more)")]
    [InlineData("chaos replay 17", "seed 17 needs its plan, add --plan PLAN")]
    [InlineData("chaos replay lost.bin", "there is no choice log 'lost.bin'")]
    [InlineData("chaos replay out/17", "there is no choice log 'out/17'")]
    [InlineData("chaos replay seventeen", "'seventeen' is neither a choice log nor a seed, write a file, its text chaos1.... or a number such as 17")]
    [InlineData("chaos replay chaos1.AAAA", "'chaos1.AAAA' is a damaged choice log, copy it whole")]
    [InlineData("chaos replay PLAN", "'PLAN' isn't a choice log")]
    [InlineData("chaos replay /dev/zero", "'/dev/zero' has more than 16 MiB, no choice log does")]
    [InlineData("chaos run /dev/zero", "/dev/zero: this file has more than 1MiB, the most that a plan may have")]
    [InlineData("chaos replay 3 --plan PLAN --mode loose", "--mode is strict, lenient or seed, not 'loose'")]
    [InlineData("chaos replay 3 --plan PLAN --mode lenient", "--mode says how a choice log is followed, leave it out for seed 3")]
    [InlineData("chaos run --sedes 3", "there is no option '--sedes', did you mean '--seeds'? (actors chaos run --help lists them)")]
    [InlineData("chaos list --plan x", "there is no option '--plan' (actors chaos list --help lists them)")]
    [InlineData("chaos shrink 3 --plan PLAN", "the run doesn't fail, so there is nothing to shrink")]
    [InlineData("chaos list plnas", "chaos list knows plans, faults, oracles, workloads and flaws, not 'plnas', did you mean 'plans'?")]
    [InlineData("chaos fail-nth PLAN --pairs x", "--pairs is a number from 1 on, not 'x'")]
    public void A_mistake_is_one_line_and_status_2(string arguments, string sentence)
    {
        using var folder = new Folder();
        var plan = folder.Write("plain.chaos.yaml", Plain);

        var (status, output, error) = Invoke(arguments.Replace("PLAN", plan, StringComparison.Ordinal));

        var expected = sentence.Contains("needs PLAN", StringComparison.Ordinal) ? sentence : sentence.Replace("PLAN", sentence.Contains("add --plan", StringComparison.Ordinal) ? "PLAN" : plan, StringComparison.Ordinal);
        Assert.Equal((2, "", $"actors: {expected}\n"), (status, output, error));
    }

    [Theory]
    [InlineData("chaos replay")]
    [InlineData("chaos shrink")]
    [InlineData("trace")]
    public void The_log_of_a_test_is_its_tests_to_replay(string command)
    {
        using var folder = new Folder();
        var log = new ChoiceLog("plain", Plain, 1, new RunScript(ReplayMode.Strict, [], [])) { Test = "Mine.Tests.One", Machine = 1 };
        var file = folder.Write("one.choices.bin", string.Empty);
        File.WriteAllBytes(file, log.ToBytes());

        foreach (var source in new[] { file, log.ToPrintable() })
        {
            var (status, output, error) = Invoke($"{command} {source}");
            Assert.Equal(
                (2, "", "actors: the log is of the test Mine.Tests.One, and what its body did isn't in it: only ACTORS_REPLAY=FILE dotnet test --filter \"FullyQualifiedName~Mine.Tests.One\" can replay it\n"),
                (status, output, error));
        }
    }

    [Fact]
    public void Each_mistake_of_a_plan_is_a_line_and_beyond_ten_they_are_counted()
    {
        using var folder = new Folder();
        var file = folder.Write("many.chaos.yaml", "nmae: x\n" + string.Concat(Enumerable.Range(0, 11).Select(i => $"key{i}: 1\n")));

        var (status, output, error) = Invoke($"chaos run {file}");

        var lines = error.TrimEnd().Split(Environment.NewLine);
        Assert.Equal((2, string.Empty, 11), (status, output, lines.Length));
        Assert.Equal($"actors: {file}:1:1: a plan has no key 'nmae', did you mean 'name'?", lines[1]);
        Assert.Equal("actors: and 3 more mistakes", lines[10]);
    }

    [Fact]
    public void A_mistake_in_a_plan_is_told_with_its_line()
    {
        using var folder = new Folder();
        var plan = folder.Write("bad.chaos.yaml", "name: bad\nworkload: { knid: x }\n");

        var (status, _, error) = Invoke($"chaos run {plan}");

        Assert.Equal(2, status);
        Assert.StartsWith($"actors: {plan}:2:", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(letter => letter == '\n'));
    }

    [Fact]
    public void Json_is_one_object_and_equal_for_equal_input()
    {
        using var folder = new Folder();
        var plan = folder.Write("plain.chaos.yaml", Plain);

        var (status, output, error) = Invoke($"chaos run {plan} --seeds 20 --jobs 1 --json");
        var (_, again, _) = Invoke($"chaos run {plan} --seeds 20 --jobs 3 --json");

        Assert.Equal((0, ""), (status, error));
        var one = JsonDocument.Parse(output).RootElement;
        Assert.Equal(20, one.GetProperty("seeds").GetInt64());
        Assert.Equal(0, one.GetProperty("failures").GetInt64());
        Assert.Equal(0, one.GetProperty("inconclusive").GetInt64());
        Assert.True(one.GetProperty("seedsPerSecondPerCore").GetDouble() > 0);
        Assert.Matches("^[0-9a-f]{16}$", one.GetProperty("traceHash").GetString());
        Assert.Equal(one.GetProperty("traceHash").GetString(), JsonDocument.Parse(again).RootElement.GetProperty("traceHash").GetString());
    }

    [Fact]
    public void A_fault_that_never_fires_and_a_point_that_is_never_reached_make_status_1()
    {
        using var folder = new Folder();
        var plan = folder.Write("silent.chaos.yaml", Silent);
        var junit = Path.Combine(folder.Path, "result.xml");

        var (status, output, _) = Invoke($"chaos run {plan} --seeds 3 --junit {junit}");

        Assert.Equal(1, status);
        Assert.Contains("FAIL I31 fault 'never' never fired in 3 seeds", output, StringComparison.Ordinal);
        Assert.Contains("FAIL I31 point 'never.reached' was never reached in 3 seeds", output, StringComparison.Ordinal);
        var suite = XDocument.Load(junit).Root!.Element("testsuite")!;
        Assert.Equal(("3", "2"), (suite.Attribute("tests")!.Value, suite.Attribute("failures")!.Value));
    }

    [Theory]
    [InlineData("chaos run PLAN --seeds 3 --junit /dev/full", "plain: ")]
    [InlineData("chaos replay 17 --plan PLAN --trace /dev/full", "plain seed=17: passed after ")]
    public void A_full_disk_is_named_behind_the_result(string arguments, string result)
    {
        using var folder = new Folder();

        var (status, output, error) = Invoke(arguments.Replace("PLAN", folder.Write("plain.chaos.yaml", Plain), StringComparison.Ordinal));

        Assert.Equal((1, "actors: '/dev/full' can't be written: No space left on device, name another file\n"), (status, error[error.LastIndexOf("actors: ", StringComparison.Ordinal)..]));
        Assert.StartsWith(result, output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_is_replayed_and_explained()
    {
        using var folder = new Folder();
        var plan = folder.Write("plain.chaos.yaml", Plain);
        var trace = Path.Combine(folder.Path, "trace.jsonl");

        var (status, output, _) = Invoke($"chaos replay 0x11 --plan {plan} --trace {trace}");
        var (explained, sentences, _) = Invoke($"chaos explain 17 --plan {plan}");

        Assert.Equal((0, 0), (status, explained));
        Assert.StartsWith("plain seed=17: passed after ", output, StringComparison.Ordinal);
        Assert.True(File.ReadLines(trace).Count() > 100);
        Assert.StartsWith("1 VM with 1 vCPU runs console-write with 256 bytes", sentences, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("console-lossless")]
    [InlineData("console-lossless.chaos.yaml")]
    public void A_plan_in_the_box_is_run_by_its_name(string name)
    {
        var (status, output, error) = Invoke($"chaos replay 1 --plan {name}");

        Assert.Equal((0, ""), (status, error));
        Assert.StartsWith("console-lossless seed=1: passed", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_goes_before_the_plan_in_the_box_of_its_name()
    {
        using var folder = new Folder();
        var plan = folder.Write("console-lossless.chaos.yaml", Plain);

        Assert.StartsWith("plain seed=1: passed", Invoke($"chaos replay 1 --plan {plan}").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_that_only_a_comparison_shows_is_repeated_by_its_line()
    {
        using var folder = new Folder();
        var plan = folder.Write("crowd.chaos.yaml", "name: crowd\ntopology: { vms: 3 }\nworkload: { kind: console-write, bytes: 256 }\n");

        var (failed, output, _) = Invoke($"chaos run {plan} --seeds 40 --flaw scan-stops-at-vm-without-page");
        var line = output.Split('\n').First(told => told.StartsWith("FAIL I8 ", StringComparison.Ordinal));
        var (status, replayed, _) = Invoke(line[(line.IndexOf("repro: actors ", StringComparison.Ordinal) + "repro: actors ".Length)..]);

        Assert.Equal((1, 1), (failed, status));
        Assert.Contains("FAIL I8 at ", replayed, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_in_the_box_is_listed()
    {
        var (status, output, _) = Invoke("chaos list --json");

        Assert.Equal(0, status);
        var lists = JsonDocument.Parse(output).RootElement;
        Assert.Equal(["plans", "faults", "oracles", "workloads", "flaws"], lists.EnumerateObject().Select(list => list.Name));
        Assert.Contains("I3", lists.GetProperty("oracles").EnumerateArray().Select(oracle => oracle.GetProperty("name").GetString()));
        Assert.All(lists.GetProperty("flaws").EnumerateArray(), flaw => Assert.Matches(@"[^.\s]\. Caught by \w+(, \w+)*\.$", flaw.GetProperty("meaning").GetString()!));
        Assert.Contains("console-write", lists.GetProperty("workloads").EnumerateArray().Select(kind => kind.GetProperty("name").GetString()));
    }

    private static (int Status, string Output, string Error) Invoke(string arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var commands = new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null);
        var status = commands.Invoke(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, error);
        return (status, output.ToString(), error.ToString());
    }

    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("chaos").FullName;

        public string Write(string name, string text)
        {
            var file = System.IO.Path.Combine(Path, name);
            File.WriteAllText(file, text);
            return file;
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
