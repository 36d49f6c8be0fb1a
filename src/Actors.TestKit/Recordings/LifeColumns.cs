using System.Text;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>Two columns: the steps that were expected and what happened, side by side.</summary>
internal static class LifeColumns
{
    /// <summary>Rows that are shown; of a longer list, the rest is counted.</summary>
    private const int MaxRows = 80;

    private const int MaxLeft = 64;

    /// <summary>Writes them. Where they agree the rows stand side by side; <c>-</c> marks what is missing, <c>+</c> what came besides, <c>!</c> what is no step.</summary>
    public static string Write(ReadOnlySpan<PathHop> expected, IReadOnlyList<HopEvent> actual)
    {
        var steps = actual.Where(happened => happened.Hop is not null || happened is FaultHopEvent or LifeEvent or ByteEvent or DropEvent).TakeLast(400).ToList();
        var rows = Align(expected, steps);
        var width = Math.Min(MaxLeft, rows.Max(row => row.Expected?.Length ?? 0));
        width = Math.Max(width, "expected".Length);
        var text = new StringBuilder();
        text.Append("    ").Append("expected".PadRight(width)).Append(" | actual\n");
        var hasParted = false;
        foreach (var row in rows.Take(MaxRows))
        {
            text.Append("  ").Append(row.Mark).Append(' ').Append((row.Expected ?? string.Empty).PadRight(width)).Append(" | ").Append(row.Actual ?? string.Empty);
            if (!hasParted && row.Mark == '-')
            {
                hasParted = true;
                text.Append("   <- here they part");
            }

            text.Append('\n');
        }

        if (rows.Count > MaxRows)
            text.Append("    ... ").Append(rows.Count - MaxRows).Append(" more\n");
        return text.ToString().TrimEnd('\n');
    }

    private static List<Row> Align(ReadOnlySpan<PathHop> expected, List<HopEvent> actual)
    {
        // Longest common subsequence, from the end, so that the first of several equal steps is taken.
        var common = new int[expected.Length + 1, actual.Count + 1];
        for (var i = expected.Length - 1; i >= 0; i--)
        {
            for (var j = actual.Count - 1; j >= 0; j--)
                common[i, j] = expected[i] == actual[j].Hop ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        var rows = new List<Row>();
        int at = 0, seen = 0;
        while (at < expected.Length || seen < actual.Count)
        {
            if (at < expected.Length && seen < actual.Count && expected[at] == actual[seen].Hop)
                rows.Add(new Row(' ', HopNames.Of(expected[at++]), Line(actual[seen++])));
            else if (seen < actual.Count && (at == expected.Length || common[at, seen + 1] >= common[at + 1, seen]))
                rows.Add(new Row(actual[seen].Hop is null ? '!' : '+', null, Line(actual[seen++])));
            else
                rows.Add(new Row('-', HopNames.Of(expected[at++]), null));
        }

        return rows.Count > 0 ? rows : [new Row(' ', null, null)];
    }

    private static string Line(HopEvent happened) => happened.ToString();

    private readonly record struct Row(char Mark, string? Expected, string? Actual);
}
