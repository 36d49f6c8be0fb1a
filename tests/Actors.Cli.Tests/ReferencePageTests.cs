using System.Reflection;
using Actors.Guest;
using Actors.Simulation;

namespace Actors.Cli.Tests;

/// <summary>docs/reference.md says everything that the program knows.</summary>
public sealed class ReferencePageTests
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
