using System.Reflection;
using System.Text.RegularExpressions;
using Actors.Guest;
using Actors.Simulation;

namespace Actors.Cli.Tests;

/// <summary>docs/reference.md says everything that the program knows.</summary>
public sealed partial class ReferencePageTests
{
    private static readonly string Page = File.ReadAllText(Find("docs/reference.md"));

    [Fact]
    public void It_has_a_heading_for_every_option()
    {
        var commands = new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null);
        var options = commands.Run.Command.Options.Select(option => option.Name).ToList();

        Assert.Equal(RunOptionNames.All, options);
        Assert.All(options, option => Assert.Contains($"### `{option}", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void It_has_a_heading_for_every_chaos_command_and_names_every_option_of_it()
    {
        foreach (var command in new ChaosCommand().Command.Subcommands)
        {
            var heading = Page.IndexOf($"### `actors chaos {command.Name}", StringComparison.Ordinal);
            Assert.True(heading >= 0, command.Name);
            var next = Page.IndexOf("\n### ", heading + 1, StringComparison.Ordinal);
            var section = Page[heading..(next < 0 ? Page.Length : next)];
            Assert.All(command.Options, option => Assert.True(section.Contains(option.Name, StringComparison.Ordinal), $"{command.Name} {option.Name}"));
        }
    }

    [Fact]
    public void It_names_every_option_of_receive()
    {
        var section = Page[Page.IndexOf("## `actors receive`", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", StringComparison.Ordinal)];
        Assert.All(new ReceiveCommand().Command.Options, option => Assert.Contains(option.Name, section, StringComparison.Ordinal));
    }

    [Fact]
    public void It_names_every_option_of_node_and_certificates()
    {
        foreach (var command in (System.CommandLine.Command[])[new NodeCommand(_ => null).Command, new CertificatesCommand().Command])
        {
            var section = Page[Page.IndexOf($"## `actors {command.Name}`", StringComparison.Ordinal)..];
            section = section[..section.IndexOf("\n## ", StringComparison.Ordinal)];
            Assert.All(command.Options, option => Assert.Contains(option.Name, section, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void It_names_every_option_of_scale_tests()
    {
        var heading = Page.IndexOf("## `actors scale`", StringComparison.Ordinal);
        Assert.True(heading >= 0);
        var section = Page[heading..Page.IndexOf("\n## ", heading + 1, StringComparison.Ordinal)];

        Assert.All(new ScaleCommand().Command.Options, option => Assert.Contains($"| `{option.Name}", section, StringComparison.Ordinal));
    }

    [Fact]
    public void It_names_every_option_and_kind_of_pictures()
    {
        var heading = Page.IndexOf("## `actors trace FILE`", StringComparison.Ordinal);
        Assert.True(heading >= 0);
        var section = Page[heading..Page.IndexOf("\n## ", heading + 1, StringComparison.Ordinal)];

        Assert.All(new TraceCommand().Command.Options, option => Assert.Contains($"| `{option.Name}", section, StringComparison.Ordinal));
        Assert.All(Enum.GetNames<PictureKind>(), kind => Assert.Contains($"| `--as {kind.ToLowerInvariant()}` |", section, StringComparison.Ordinal));
    }

    /// <summary>Defaults that are one word.</summary>
    [Fact]
    public void It_has_the_defaults_of_the_help()
    {
        var root = new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null).Parse([]).RootCommandResult.Command;
        var commands = root.Subcommands.SelectMany(command => command.Subcommands.Count == 0 ? [(command, Heading(command.Name))] : command.Subcommands.Select(inner => (command: inner, $"### `actors {command.Name} {inner.Name}")));
        var defaults = commands
            .SelectMany(pair => pair.command.Options.Select(option => (heading: pair.Item2, option.Name, Word: DefaultWord().Match(option.Description ?? "").Groups[1].Value)))
            .Where(option => option.Word.Length > 0).ToList();

        Assert.True(defaults.Count > 20, string.Join('\n', defaults));
        Assert.All(defaults, option => Assert.True(TextOf(option.heading, option.Name).Contains(option.Word, StringComparison.Ordinal), $"{option.heading}: {option.Name} is {option.Word} by default, says --help"));

        static string Heading(string command) => command == "run" ? "## Options" : $"## `actors {command}";
    }

    [Fact]
    public void The_plan_format_names_every_objective()
    {
        var format = File.ReadAllText(Find("docs/plan-format.md"));

        Assert.All(ScaleObjectiveWords.All, word => Assert.Contains($"| `{word.Name}` | {word.Meaning} ", format, StringComparison.Ordinal));
    }

    [Fact]
    public void It_lists_every_exit_status()
    {
        var statuses = typeof(ExitStatus).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (int)field.GetRawConstantValue()!).Where(status => status < 128);

        Assert.All(statuses.Concat([129, 130, 143]), status => Assert.Contains($"| {status} |", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void It_lists_every_guest_as_the_catalog_does() =>
        Assert.All(GuestCatalog.Help, guest => Assert.Contains($"| `{guest.Usage}` | {guest.Summary} |", Page, StringComparison.Ordinal));

    [Fact]
    public void It_names_every_step_of_a_trace() =>
        Assert.All(Enum.GetNames<Protocol.PathHop>(), hop => Assert.Contains($"`{hop}`", Page, StringComparison.Ordinal));

    [Fact]
    public void It_shows_the_header_of_a_trace() => Assert.Contains(TraceFormat.Header, Page, StringComparison.Ordinal);

    /// <summary>What a section says of an option, up to the next one.</summary>
    private static string TextOf(string heading, string option)
    {
        var section = Page[Page.IndexOf(heading, StringComparison.Ordinal)..];
        section = UpTo(section, heading[..(heading.IndexOf(' ', StringComparison.Ordinal) + 1)]);
        var at = new[] { "### `", "| `", "- `", "`", "" }.Select(before => section.IndexOf(before + option, StringComparison.Ordinal)).FirstOrDefault(found => found >= 0, -1);
        return at < 0 ? "" : new[] { "### `", "| `-", "- `-" }.Aggregate(section[at..], UpTo);
    }

    private static string UpTo(string text, string line) => text.IndexOf($"\n{line}", 1, StringComparison.Ordinal) is > 0 and var end ? text[..end] : text;

    [GeneratedRegex(@"Default: (\S+)(?:\n|$)")]
    private static partial Regex DefaultWord();

    private static string Find(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Actors.sln")))
                return Path.Combine(folder.FullName, file);
        }

        throw new InvalidOperationException($"No Actors.sln above {AppContext.BaseDirectory}.");
    }
}
