using System.Globalization;
using System.Text;

namespace Actors.Simulation;

/// <summary>Writes a chart as a Mermaid sequence diagram. Mermaid draws nothing above 50,000 characters, so what doesn't fit is counted in a last note.</summary>
internal static class MermaidChart
{
    /// <summary>Mermaid's own limit (<c>maxTextSize</c>), with room for the last note.</summary>
    private const int MaxText = 50_000 - 200;

    private const int MaxLabel = 100;
    private const int MaxNotes = 12;

    /// <summary>Writes the diagram, ended by a line feed.</summary>
    public static void Write(TextWriter output, Chart chart)
    {
        var text = new StringBuilder("sequenceDiagram\n");
        Participants(text, chart);
        var row = 0;
        for (; row < chart.Rows.Count && chart.Columns.Length > 0; row++)
        {
            var before = text.Length;
            Row(text, chart, chart.Rows[row]);
            if (text.Length > MaxText)
            {
                text.Length = before;
                break;
            }
        }

        if (row < chart.Rows.Count && chart.Columns.Length > 0)
            Over(text, chart, string.Create(CultureInfo.InvariantCulture, $"{chart.Rows.Count - row} more rows don't fit a Mermaid diagram: choose less"));
        foreach (var notice in chart.Notices)
            Over(text, chart, notice);
        output.Write(text);
    }

    private static void Participants(StringBuilder text, Chart chart)
    {
        string? open = null;
        foreach (var lane in chart.Columns)
        {
            var owner = chart.OwnerOf(lane);
            if (!chart.IsOneMachine && owner != open)
            {
                if (open is not null)
                    text.Append("    end\n");
                text.Append("    box ").Append(Escape(owner)).Append('\n');
                open = owner;
            }

            text.Append(CultureInfo.InvariantCulture, $"    participant L{lane} as {Escape(chart.Lane(lane).Name)}\n");
        }

        if (open is not null)
            text.Append("    end\n");
    }

    private static void Row(StringBuilder text, Chart chart, ChartRow row)
    {
        switch (row.Kind)
        {
            case ChartRowKind.Take or ChartRowKind.Lost when row.Lane >= 0:
                var from = row.From < 0 ? row.Lane : row.From;
                var arrow = row.Kind == ChartRowKind.Lost ? "-x" : row.Style is "late" or "twice" ? "-->>" : "->>";
                var suffix = row.Kind == ChartRowKind.Lost ? " (lost)" : row.Style is { } style ? $" ({style})" : string.Empty;
                text.Append(CultureInfo.InvariantCulture, $"    L{from}{arrow}L{row.Lane}: {Escape(row.Text)}{suffix}\n");
                if (row.Notes is { } notes)
                {
                    text.Append(CultureInfo.InvariantCulture, $"    Note over L{row.Lane}: ");
                    text.AppendJoin("<br/>", notes.Take(MaxNotes).Select(note => Escape(note.Text))).Append('\n');
                }

                break;
            case ChartRowKind.Fault or ChartRowKind.Heal or ChartRowKind.Life or ChartRowKind.Outside when row.Lane >= 0:
                text.Append(CultureInfo.InvariantCulture, $"    Note over L{row.Lane}: {Mark(row)}{Escape(row.Text)}\n");
                break;
            default:
                Over(text, chart, Mark(row) + row.Text);
                break;
        }
    }

    private static string Mark(ChartRow row) => row.Kind switch
    {
        ChartRowKind.Fault => "⚡ ",
        ChartRowKind.Life when row.Style == "crash" => "✗ ",
        ChartRowKind.Heal or ChartRowKind.Life => "✓ ",
        ChartRowKind.Violation => "VIOLATED ",
        _ => string.Empty,
    };

    private static void Over(StringBuilder text, Chart chart, string what)
    {
        if (chart.Columns.Length == 0)
            return;
        text.Append(CultureInfo.InvariantCulture, $"    Note over L{chart.Columns[0]}");
        if (chart.Columns.Length > 1)
            text.Append(CultureInfo.InvariantCulture, $",L{chart.Columns[^1]}");
        text.Append(": ").Append(Escape(what)).Append('\n');
    }

    /// <summary>What means something to Mermaid goes in as an entity: ends of statements, comments, directives, markup.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var letter in Chart.Clean(text, MaxLabel).Trim())
        {
            if (letter is '#' or ';' or '<' or '>' or '&' or '%' or '{' or '}' or '@' or '\\' or '`' or '$' or '"' or '\'' or ':' or '(' or ')' or '[' or ']')
                escaped.Append(CultureInfo.InvariantCulture, $"#{(int)letter};");
            else
                escaped.Append(letter);
        }

        // A label must not be empty.
        return escaped.Length == 0 ? "-" : escaped.ToString();
    }
}
