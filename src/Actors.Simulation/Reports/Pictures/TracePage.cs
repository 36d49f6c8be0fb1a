using System.Globalization;

namespace Actors.Simulation;

/// <summary>Writes a chart as one HTML file that needs nothing else: the sequence, to zoom and to drag, with the names of ACRN and Linux at each arrow.</summary>
internal static class TracePage
{
    private const int MaxTitle = 200;

    /// <summary>Writes the page.</summary>
    public static void Write(TextWriter page, Chart chart)
    {
        var html = new PageWriter(page);
        var title = Chart.Clean(chart.Title, MaxTitle);
        html.Begin($"Trace of {title}");
        html.Markup("<div class=\"top\"><div>\n").Element("h1", title).Markup("\n<p class=\"muted\">").Text(Summary(chart)).Markup("</p></div>\n");
        html.Markup("<button type=\"button\" id=\"theme\">Dark / light</button></div>\n");
        foreach (var notice in chart.Notices)
            html.Element("p class=\"verdict warn\"", notice).Markup("\n");
        if (chart.Rows.Count > ChartJson.MaxRows)
            html.Element("p class=\"verdict warn\"", string.Create(CultureInfo.InvariantCulture, $"{PageWriter.Count(chart.Rows.Count - ChartJson.MaxRows)} of {PageWriter.Count(chart.Rows.Count)} rows in the middle are left out: choose less with --vm, --exit, --from and --to")).Markup("\n");
        html.Markup("""
            <div class="bar"><button type="button" id="out">−</button><button type="button" id="plain">100 %</button><button type="button" id="in">+</button><button type="button" id="fit">Fit</button>
            <input id="find" type="search" placeholder="Find: message, hop, function" aria-label="Find"><span class="muted" id="found"></span><span class="gap"></span>
            <span class="muted">drag to move, Ctrl and wheel or + and − to zoom; a click shows what led to a row and what came of it; the names of ACRN and Linux stand at each arrow: point at it</span></div>

            """);
        html.Markup(SequenceLegend.Markup);
        html.Markup("<div class=\"frame tall\" id=\"sequence\" tabindex=\"0\"></div>\n");
        html.Markup("<noscript><p class=\"verdict warn\">The chart is drawn by a script of this page, which this browser doesn't run.</p></noscript>\n");
        html.Markup("<script type=\"application/json\" id=\"data\">").Markup(ChartJson.Of(chart)).Markup("</script>\n");
        html.End("copy.js", "sequence.js", "trace.js");
    }

    private static string Summary(Chart chart)
    {
        var time = chart.Rows.Count == 0 || !chart.HasTimes ? string.Empty
            : $" in {EventText.Time(chart.Rows[^1].Moment.Ticks - chart.Rows[0].Moment.Ticks)}{(chart.IsVirtual ? " of virtual time" : string.Empty)}";
        var faults = chart.Rows.Count(row => row.Kind == ChartRowKind.Fault);
        return string.Create(CultureInfo.InvariantCulture, $"{PageWriter.Count(chart.Rows.Count)} rows on {chart.Columns.Length} lanes{time}{(faults == 0 ? string.Empty : $"; {PageWriter.Count(faults)} faults fired")}");
    }
}
