using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>A failed test in the simulated world leaves its choices, and the same test makes them again.</summary>
public sealed class ReplayTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName(), "failures of 'mine'");

    private string Root => Path.GetDirectoryName(_folder)!;

    public void Dispose()
    {
        if (Directory.Exists(Root))
            Directory.Delete(Root, recursive: true);
    }

    [Fact]
    public void A_failure_leaves_log_and_recording_and_says_how_to_use_them()
    {
        var failure = Fails(subject => subject.Loses());

        Assert.Equal([".choices.bin", ".jsonl"], failure.Files.Select(file => file[file.IndexOf('.', file.LastIndexOf('-'))..]).Order());
        Assert.All(failure.Files, file => Assert.Equal(_folder, Path.GetDirectoryName(file)));
        var log = Log(failure);
        Assert.Equal((Name(nameof(Subject.Loses)), 1, 7UL), (log.Test, log.Machine, log.Seed));
        Assert.StartsWith("Expected \"hello\" to come out of port 0", log.What, StringComparison.Ordinal);
        var quoted = failure.Files[0].Replace("'", "'\\''", StringComparison.Ordinal);
        Assert.Contains($"\nreplay: ACTORS_REPLAY='{quoted}' dotnet test --filter \"FullyQualifiedName~{log.Test}\"\nwithout the file: ACTORS_SEED=7 dotnet test", failure.Message, StringComparison.Ordinal);
        Assert.Matches(@"\npicture: actors trace '.*\.jsonl' --as html --out '.*\.html'$", failure.Message);
        using var recording = new StreamReader(failure.Files[1]);
        Assert.True(TraceFile.TryRead(recording, new TraceSelection(), out _, out var problem), problem);
    }

    [Fact]
    public void The_log_gives_the_same_run_to_the_last_event_whatever_theSeed_is_now()
    {
        var log = LogFile(Fails(subject => subject.Loses()));

        var again = Fails(subject => subject.Loses(), log, seed: 8);

        Assert.Contains($"replayed: {log}, the same run to the last event\n", again.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(again.Files, file => file.EndsWith(".bin", StringComparison.Ordinal));
    }

    [Fact]
    public void The_choices_are_the_logs_and_not_drawn_again()
    {
        var failure = Fails(subject => subject.BreaksLater());
        var log = Log(failure);
        Assert.NotEmpty(log.Script.Picks);
        Assert.NotEmpty(log.Script.Firings);

        // Another seed draws other picks and other firings: the log's still give the log's run.
        var file = Written(log with { Seed = log.Seed + 1 });
        Assert.Contains("the same run to the last event", Fails(subject => subject.BreaksLater(), file).Message, StringComparison.Ordinal);

        // And without them it is another run.
        Assert.Contains("not the run of", Fails(subject => subject.BreaksLater(), Written(log with { Script = log.Script with { Picks = [] } })).Message, StringComparison.Ordinal);
        Assert.Contains("not the run of", Fails(subject => subject.BreaksLater(), Written(log with { Script = log.Script with { Firings = [] } })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_oracles_find_at_the_end_is_replayed_too()
    {
        var failure = Fails(subject => subject.IsFlawed());

        Assert.Contains("The machine's world found something wrong", failure.Message, StringComparison.Ordinal);
        Assert.Contains("the same run to the last event", Fails(subject => subject.IsFlawed(), LogFile(failure)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_lost_a_node_is_replayed_too()
    {
        var failure = Fails(subject => subject.LosesItsNode());

        Assert.NotEmpty(Log(failure).Script.Firings);
        Assert.Contains("the same run to the last event", Fails(subject => subject.LosesItsNode(), LogFile(failure)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_demand_on_the_recording_names_its_files_too()
    {
        var failure = Fails(subject => subject.AsksTheRecording());

        Assert.StartsWith("Expected none of ByteEvent, and there are 1.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("the same run to the last event", Fails(subject => subject.AsksTheRecording(), LogFile(failure)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_machines_the_one_that_failed_runs_by_the_log()
    {
        var failure = Fails(subject => subject.HasTwo());

        Assert.Equal(2, Log(failure).Machine);
        Assert.Contains("-machine2-", failure.Files[0], StringComparison.Ordinal);
        Assert.Contains("the same run to the last event", Fails(subject => subject.HasTwo(), LogFile(failure), seed: 8).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_that_does_something_else_is_said_to_part_from_the_log()
    {
        var log = LogFile(Fails(subject => subject.Loses()));

        var changed = Fails(subject => subject.With(text: "hello, world").Loses(), log);

        Assert.Contains($"replayed: not the run of {log}: ", changed.Message, StringComparison.Ordinal);
        Assert.Contains("it had failed with: Expected \"hello\" to come out", changed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_does_not_fail_any_more_is_no_replay()
    {
        var log = LogFile(Fails(subject => subject.Loses()));

        var gone = Fails(subject => subject.With(holds: false).Loses(), log);

        Assert.StartsWith("The run failed when its log was written, and now it doesn't.", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_that_is_described_otherwise_is_refused()
    {
        var log = LogFile(Fails(subject => subject.Loses()));

        var refused = Assert.Throws<InvalidOperationException>(() => Run(subject => subject.With(vcpus: 2).Loses(), log));

        Assert.StartsWith($"ACTORS_REPLAY: '{log}' is of a machine that was described otherwise", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_of_another_test_is_none_of_its_business()
    {
        var log = LogFile(Fails(subject => subject.Loses()));

        Run(subject => subject.Passes(), log);
    }

    [Fact]
    public void A_test_that_passes_leaves_nothing()
    {
        Run(subject => subject.Passes(), null);

        Assert.False(Directory.Exists(_folder));
    }

    [Fact]
    public void A_test_that_boots_through_a_method_of_its_own_is_named() => Assert.Equal(Name(nameof(Subject.BootsElsewhere)), Log(Fails(subject => subject.BootsElsewhere())).Test);

    [Fact]
    public void An_async_test_is_named() =>
        Assert.Equal(Name(nameof(Subject.IsAsync)), Log(Fails(subject => subject.IsAsync().GetAwaiter().GetResult())).Test);

    [Fact]
    public void A_file_that_is_no_test_log_is_refused_with_what_it_is()
    {
        Directory.CreateDirectory(_folder);
        var file = Path.Combine(_folder, "x.choices.bin");
        Assert.Contains("can't be read", Refused(), StringComparison.Ordinal);
        File.WriteAllText(file, "rubbish");
        Assert.EndsWith($"'{file}' isn't a choice log.", Refused(), StringComparison.Ordinal);
        File.WriteAllBytes(file, new ChoiceLog("p", "name: p\n", 1, new RunScript(ReplayMode.Strict, [], [])).ToBytes());
        Assert.Contains("isn't the log of a test: actors chaos replay '", Refused(), StringComparison.Ordinal);

        string Refused() => Assert.Throws<InvalidOperationException>(() => Run(subject => subject.Passes(), file)).Message;
    }

    [Fact]
    public void Where_nothing_can_be_written_theSeed_is_named()
    {
        Directory.CreateDirectory(Root);
        File.WriteAllText(_folder, "a file where the folder would be");

        var failure = Fails(subject => subject.Loses());

        Assert.Empty(failure.Files);
        Assert.Contains("\nreplay: ACTORS_SEED=7 dotnet test", failure.Message, StringComparison.Ordinal);
        Assert.Contains("\nfiles are missing: '", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_thousand_failures_do_not_fill_a_disk()
    {
        var files = new FailureFiles(_folder);

        Assert.Equal(FailureFiles.MaxFailures, Enumerable.Range(0, 1000).Count(_ => files.TryBegin(out var _)));
    }

    private static string Name(string test) => $"{typeof(Subject).FullName}.{test}";

    private static string LogFile(MachineFailureException failure) => failure.Files.Single(file => file.EndsWith(".choices.bin", StringComparison.Ordinal));

    private static ChoiceLog Log(MachineFailureException failure)
    {
        Assert.True(ChoiceLog.TryRead(File.ReadAllBytes(LogFile(failure)), out var log, out var problem), problem);
        return log!;
    }

    private string Written(ChoiceLog log)
    {
        var file = Path.Combine(_folder, "changed.choices.bin");
        File.WriteAllBytes(file, log.ToBytes());
        return file;
    }

    private MachineFailureException Fails(Action<Subject> test, string? replay = null, ulong seed = 7) => Assert.Throws<MachineFailureException>(() => Run(test, replay, seed));

    /// <summary>Runs a test as xunit does: what the body throws goes before what its end does.</summary>
    private void Run(Action<Subject> test, string? replay, ulong seed = 7)
    {
        using var subject = new Subject { Surroundings = new TestSurroundings(null, replay, _folder), Seed = seed };
        test(subject);
    }

    /// <summary>Not a test class to xunit, since it isn't public.</summary>
#pragma warning disable xUnit1000
    internal sealed class Subject : MachineTest
    {
        private string _text = "hello";
        private bool _holds = true;
        private int _vcpus = 1;

        public ulong Seed { get; init; }

        /// <summary>The same test after an edit.</summary>
        public Subject With(string text = "hello", bool holds = true, int vcpus = 1)
        {
            (_text, _holds, _vcpus) = (text, holds, vcpus);
            return this;
        }

        [Fact]
        public void Loses()
        {
            var machine = Boot(m => m.Seed(Seed).Vcpus(_vcpus));
            if (_holds)
                machine.Hold(LinkSite.HsmDoorbell);
            machine.Write(_text);
            machine.ExpectBytes(_text);
        }

        [Fact]
        public void BreaksLater()
        {
            var machine = Boot(m => m.Seed(Seed).Vcpus(2));
            machine.Break("{ site: hsm.upcall, do: delay, p: 0.5, delay: exp(1ms) }");
            for (var i = 0; i < 10; i++)
                machine.Done(machine.Write("x"));
            machine.ExpectBytes("y");
        }

        [Fact]
        public void IsFlawed()
        {
            var machine = Boot(m => m.Seed(Seed).Flawed("short-write-tail-lost"));
            machine.Write(_text);
        }

        [Fact]
        public void LosesItsNode()
        {
            var machine = Boot(m => m.Seed(Seed).Nodes(3));
            machine.Write(_text);
            machine.CrashNode();
            machine.ExpectBytes("bye");
        }

        [Fact]
        public void AsksTheRecording()
        {
            var machine = Boot(m => m.Seed(Seed));
            machine.Write(_text);
            machine.ExpectBytes(_text);
            machine.Recording.Should().NotContain<ByteEvent>();
        }

        [Fact]
        public void HasTwo()
        {
            var first = Boot(m => m.Seed(Seed));
            var second = Boot(m => m.Seed(Seed + 1));
            first.Done(first.Write(_text));
            second.Write(_text);
            second.ExpectBytes("bye");
        }

        [Fact]
        public void Passes()
        {
            var machine = Boot(m => m.Seed(Seed));
            machine.Write(_text);
            machine.ExpectBytes(_text);
        }

        [Fact]
        public void BootsElsewhere() => Started().ExpectUpcall(TimeSpan.FromMilliseconds(1));

        [Fact]
        public async Task IsAsync()
        {
            await Task.CompletedTask;
            Started().ExpectUpcall(TimeSpan.FromMilliseconds(1));
        }

        private Machine Started() => Boot(m => m.Seed(Seed));
    }
#pragma warning restore xUnit1000
}
