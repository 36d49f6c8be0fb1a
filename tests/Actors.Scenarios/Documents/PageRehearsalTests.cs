using System.Collections.Concurrent;
using System.Reflection;
using Xunit.Sdk;

namespace Actors.Scenarios;

/// <summary>Every command on every page is executed, and no rehearsal is left without its command.</summary>
public sealed class PageRehearsalTests
{
    public static TheoryData<string> Pages => [.. PageCommands.Pages];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_has_a_rehearsal(string page)
    {
        var rehearsed = Rehearsal.Of(page).Select(rehearsal => rehearsal.Command).ToHashSet(StringComparer.Ordinal);
        var missing = PageCommands.On(page).Where(command => !Rehearsing.ByRule(command) && !rehearsed.Contains(command));

        Assert.True(!missing.Any(), string.Join('\n', missing.Select(command => $"{page} prints '{command}', and no test executes it: say how in Documents/Rehearsals/{Rehearsal.FileOf(page)}.")));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_rehearsal_has_its_command(string page)
    {
        var printed = PageCommands.On(page);
        var left = Rehearsal.Of(page).Select(rehearsal => rehearsal.Command).Where(command => !printed.Contains(command));

        Assert.True(!left.Any(), string.Join('\n', left.Select(command => $"Documents/Rehearsals/{Rehearsal.FileOf(page)} rehearses '{command}', which {page} doesn't print.")));
    }

    [Fact]
    public void Every_page_with_commands_has_its_class_below()
    {
        var classes = typeof(PageRehearsalTests).Assembly.GetTypes().SelectMany(type => type.GetMethods()).Select(method => method.GetCustomAttribute<RehearsalsAttribute>()?.Page);

        Assert.Empty(PageCommands.Pages.Where(page => PageCommands.On(page).Count > 0).Except(classes));
    }

    [Fact]
    public void Every_file_of_rehearsals_belongs_to_a_page() => Assert.Empty(Rehearsal.Files().Except(PageCommands.Pages.Select(Rehearsal.FileOf)));

    [Fact]
    public void Commands_are_the_lines_of_command_blocks_without_remarks()
    {
        const string page = """
            ```
            actors run --guest shell      # talks
            seq 1 3 | cat                 counts
            ```
            ```
            actors: this is what it says
            ```
            ```yaml
            actors run
            ```
            and `actors run --trace` in a line
            """;

        Assert.Equal(["actors run --guest shell", "seq 1 3 | cat"], PageCommands.In(page, spans: false));
        Assert.Equal(["actors run --guest shell", "seq 1 3 | cat", "actors run --trace"], PageCommands.In(page, spans: true));
    }

    [Fact]
    public void Large_numbers_get_small_and_the_same_port_gets_the_same_free_one()
    {
        var scale = new ScaledDown();

        Assert.Equal("actors chaos run p --seeds 20 --time 2s", scale.Of("actors chaos run p --seeds 10000 --time 5m"));
        Assert.Equal("seq 1 1000 | actors scale --vms 10 --duration 2s", scale.Of("seq 1 1000 | actors scale --vms 3000 --duration 60s"));
        Assert.Equal($"actors node --port {scale.Port("4054")} --join node-a:{scale.Port("4053")}", scale.Of("actors node --port 4054 --join node-a:4053"));
        Assert.NotEqual("4053", scale.Port("4053"));
        Assert.Equal("actors scale --nodes 3 --hocon \"$ACTORS_HOCON\" --vms 6", scale.Of("actors scale --nodes 3 --vms 6"));
    }

    [Fact]
    public void Two_pages_that_say_the_same_of_a_command_have_one_rehearsal_and_any_other_word_makes_another()
    {
        Assert.Equal(Steps("README.md", "says Hello"), Steps("docs/tutorial.md", "says Hello"));
        Assert.NotEqual(Steps("README.md", "says Hello"), Steps("README.md", "says Hello", "status 1"));
        Assert.NotEqual(Steps("README.md", "says Hello"), Steps("README.md", "then Hello"));
        Assert.NotEqual(Steps("docs/chaos.md", "save my-first.chaos.yaml"), Steps("docs/tutorial.md", "save my-first.chaos.yaml"));

        static string Steps(string page, params string[] words) => Assert.Single(Rehearsal.Read(page, ["$ actors run", .. words])).Steps;
    }

    [Fact]
    public void A_filter_that_finds_no_test_and_a_benchmark_that_is_not_there_are_noticed()
    {
        Assert.Null(NamedTests.Missing($"dotnet test -c Release tests/Actors.Scenarios --filter \"{nameof(PageRehearsalTests)}|RunTests\""));
        Assert.Equal("no test in tests/Actors.Scenarios has 'NoSuchTests' in its name", NamedTests.Missing("dotnet test tests/Actors.Scenarios --filter NoSuchTests"));
        Assert.Null(Rehearsing.MissingBenchmark("dotnet run -c Release --project bench/Actors.Bench -- path --json"));
        Assert.Equal("there is no benchmark 'paths'", Rehearsing.MissingBenchmark("dotnet run -c Release --project bench/Actors.Bench -- paths --json"));
        Assert.Equal("there is no folder tests/Actors.Nowhere", NamedTests.Missing("dotnet test tests/Actors.Nowhere"));
    }
}

/// <summary>The commands of a page, as cases of a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RehearsalsAttribute(string page) : DataAttribute
{
    public string Page => page;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        PageCommands.On(page).Where(command => Rehearsing.ByRule(command) || Rehearsal.Of(page).Any(rehearsal => rehearsal.Command == command)).Select(command => new object[] { command });
}

/// <summary>Executes a command of a page.</summary>
internal static class Rehearsing
{
    private const string Bench = "dotnet run -c Release --project bench/Actors.Bench -- ";

    /// <summary>A command that stands on several pages with the same steps is executed once, and its outcome is that of all of them.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<Task>> _played = new(StringComparer.Ordinal);

    /// <summary>Whether one rule says how such commands are executed, wherever they stand: tests run anyway, and benchmarks take minutes of a quiet machine.</summary>
    public static bool ByRule(string command) => command.StartsWith("dotnet test ", StringComparison.Ordinal) || command.StartsWith(Bench, StringComparison.Ordinal);

    public static async Task PlayAsync(string page, string command)
    {
        if (command.StartsWith("dotnet test ", StringComparison.Ordinal))
        {
            Assert.Null(NamedTests.Missing(command));
            return;
        }

        if (command.StartsWith(Bench, StringComparison.Ordinal))
        {
            Assert.Null(MissingBenchmark(command));
            return;
        }

        var rehearsal = Rehearsal.Of(page).First(rehearsal => rehearsal.Command == command);
        if (rehearsal.ShownBy is { } test)
        {
            Assert.True(NamedTests.Has(test), $"there is no test {test}, which is said to execute '{command}'");
            return;
        }

        Skip.If(rehearsal.Cannot is not null, rehearsal.Cannot);
        Skip.If(rehearsal.Needs is { } tool && !IsThere(tool), $"there is no '{rehearsal.Needs}' on this machine");
        await _played.GetOrAdd(rehearsal.Steps, _ => new Lazy<Task>(() => OnStageAsync(rehearsal))).Value;
    }

    /// <summary>Why a benchmark of a page would not run; null where its program has that case with those options.</summary>
    public static string? MissingBenchmark(string command)
    {
        var program = File.ReadAllText(Path.Combine(RepositoryTree.Root.FullName, "bench", "Actors.Bench", "Program.cs"));
        var words = command[Bench.Length..].Split(' ');
        return program.Contains($"case [\"{words[0]}\", ..]", StringComparison.Ordinal)
            ? words.Skip(1).FirstOrDefault(option => !program.Contains($"\"{option}\"", StringComparison.Ordinal)) is { } unknown ? $"benchmarks have no option '{unknown}'" : null
            : $"there is no benchmark '{words[0]}'";
    }

    private static async Task OnStageAsync(Rehearsal rehearsal)
    {
        using var stage = new Stage(rehearsal);
        await stage.PlayAsync();
    }

    private static bool IsThere(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, tool)));
}
