using System.Text.RegularExpressions;

namespace Actors.Simulation.Tests;

/// <summary>Diagrams against the part of Mermaid's grammar of sequence diagrams that they use (sequenceDiagram.jison, version 11).</summary>
public sealed partial class MermaidChartTests
{
    [Fact]
    public void A_kick_is_a_valid_diagram_with_every_hop()
    {
        var text = Diagram(Recordings.Kicked());

        Valid(text);
        Assert.Contains("participant L0 as vcpu-0\n", text, StringComparison.Ordinal);
        Assert.Matches(@"L\d->>L\d: AcrnIntrHandler", text);
        Assert.Matches(@"Note over L\d: .*IoreqDispatch", text);
    }

    [Fact]
    public void A_world_with_faults_is_a_valid_diagram() => Valid(Diagram(Recordings.World().File));

    [Fact]
    public void Names_from_outside_are_texts()
    {
        var text = Diagram(Recordings.Kicked(Recordings.Hostile));

        Valid(text);
        Assert.DoesNotContain("%%", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202e", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_too_long_for_Mermaid_is_cut_and_counted()
    {
        var text = Diagram(Recordings.World().File);

        Assert.InRange(text.Length, 30_000, 50_000);
        Assert.Matches(@"Note over L\d+,L\d+: \d+ more rows don#39;t fit", text.Split('\n')[^2]);
    }

    [Theory]
    [InlineData("L0->>L1: a; b")]
    [InlineData("L0->>L1: a # b")]
    [InlineData("L0->L9: x")]
    [InlineData("participant L0 as a;b")]
    public void The_grammar_here_refuses_what_Mermaid_refuses(string line) =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Valid($"sequenceDiagram\n    participant L0 as a\n    participant L1 as b\n    {line}\n"));

    private static string Diagram(string file)
    {
        using var output = new StringWriter();
        MermaidChart.Write(output, Recordings.Chart(file));
        return output.ToString();
    }

    private static void Valid(string text)
    {
        var lines = text.Split('\n');
        Assert.Equal("sequenceDiagram", lines[0]);
        Assert.Equal(string.Empty, lines[^1]);
        var known = new HashSet<string>();
        var boxes = 0;
        foreach (var line in lines[1..^1])
        {
            if (Participant().Match(line) is { Success: true } participant)
            {
                Assert.True(known.Add(participant.Groups[1].Value), $"twice: {line}");
            }
            else if (Box().IsMatch(line))
            {
                Assert.Equal(1, ++boxes);
            }
            else if (line == "    end")
            {
                Assert.Equal(0, --boxes);
            }
            else
            {
                var match = Message().Match(line) is { Success: true } message ? message : Note().Match(line);
                Assert.True(match.Success, $"no statement of a sequence diagram: {line}");
                Assert.All(match.Groups.Values.Skip(1).Where(group => group.Length > 0), group => Assert.Contains(group.Value, known));
            }
        }

        Assert.Equal(0, boxes);
    }

    // A text ends at a line's end; '#' and ';' stand in it only as entities.
    [GeneratedRegex(@"^    participant (L\d+) as (?:#\d+;|[^#;\n])+$")]
    private static partial Regex Participant();

    [GeneratedRegex(@"^    box (?:#\d+;|[^#;\n])+$")]
    private static partial Regex Box();

    [GeneratedRegex(@"^    (L\d+)(?:->>|-->>|-x)(L\d+): (?:#\d+;|[^#;\n])+$")]
    private static partial Regex Message();

    [GeneratedRegex(@"^    Note over (L\d+)(?:,(L\d+))?: (?:#\d+;|[^#;\n])+$")]
    private static partial Regex Note();
}
