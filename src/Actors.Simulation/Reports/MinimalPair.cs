using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>The failing run beside the nearest one that passes: the last they have in common, and where they part.</summary>
internal static class MinimalPair
{
    private const int Before = 4;
    private const int After = 14;

    public static void Write(PageWriter page, RunResult failing, RunResult passing, string? difference)
    {
        if (failing.Recording is not { } first || passing.Recording is not { } second)
            return;
        page.Markup("<h2 id=\"pair\">Minimal pair</h2>\n<p>");
        page.Text("The nearest run that passes is this one without one of its choices");
        page.Text(difference is null ? "." : $": {difference.TrimEnd('.')}.").Markup("</p>\n");
        if (TraceDifference.Between(first, second) is not { } parts)
        {
            page.Element("p", "Their traces are equal.");
            return;
        }

        page.Markup("<div class=\"scroll\"><table class=\"pair\"><thead><tr><th>event</th><th>this run</th><th>the run that passes</th></tr></thead><tbody>\n");
        foreach (var index in Told(first, parts.Index, -1, Before).Reverse())
        {
            var common = first.Events[index];
            page.Markup("<tr>").Element("td class=\"number\"", Number(common.Moment)).Markup("<td colspan=\"2\">").Text(EventText.Of(common, first)).Markup("</td></tr>\n");
        }

        page.Markup("<tr class=\"parts\"><td>first<br>difference</td>");
        Cell(page, parts.First, first);
        Cell(page, parts.Second, second);
        page.Markup("</tr>\n");
        int[] ours = [.. Told(first, parts.Index, 1, After)];
        int[] theirs = [.. Told(second, parts.Index, 1, After)];
        for (var i = 0; i < Math.Max(ours.Length, theirs.Length); i++)
        {
            page.Markup("<tr><td></td>");
            Cell(page, i < ours.Length ? first.Events[ours[i]] : null, first);
            Cell(page, i < theirs.Length ? second.Events[theirs[i]] : null, second);
            page.Markup("</tr>\n");
        }

        page.Markup("</tbody></table></div>\n");
    }

    /// <summary>Indices of the next events that a person follows: what actors and backends do, not each access to memory.</summary>
    private static IEnumerable<int> Told(TraceRecording trace, int from, int direction, int most)
    {
        for (var i = from + direction; i >= 0 && i < trace.Events.Length && most > 0; i += direction)
        {
            if (trace.Events[i].Event is MemoryEvent or PathStep or SendEvent { IsDelivered: true, IsLate: false })
                continue;
            most--;
            yield return i;
        }
    }

    private static void Cell(PageWriter page, in RecordedEvent? recorded, TraceRecording trace)
    {
        page.Markup("<td>");
        if (recorded is { } one)
            page.Element("span class=\"muted\"", EventText.Time(one.Moment.Ticks)).Text(" ").Text(EventText.Of(one, trace));
        else
            page.Element("span class=\"muted\"", "nothing more");
        page.Markup("</td>");
    }

    private static string Number(in Moment moment) => moment.Sequence.ToString(CultureInfo.InvariantCulture);
}
