using System.Globalization;

namespace Actors.Simulation;

/// <summary>
/// Writes the page about a failure: one HTML file that needs nothing else. It shows what was promised, the violation and how to repeat it, a sequence chart of what led to it, faults
/// over time, the states of slots and rings, and the nearest run that passes beside it.
/// </summary>
public static class FailureReport
{
    /// <summary>Writes it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="input">What to show. Without a recorded trace the page has no charts, and says so.</param>
    public static void Write(TextWriter page, FailureReportInput input)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(input);
        var html = new PageWriter(page);
        var plan = input.Run.Request.Plan;
        html.Begin(Text($"{input.Violation.Oracle} violated in {plan.Name}, seed {input.Run.Request.Seed}"));
        Header(html, input, plan);
        Story(html, input);
        if (input.Run.Recording is { } trace)
            Charts(html, input, trace);
        else
            html.Markup("<p class=\"muted\">The run's trace was not recorded, so there is nothing to draw.</p>\n");
        if (input.Neighbour is { } neighbour)
            MinimalPair.Write(html, input.Run, neighbour, input.Difference);
        Sources(html, input, plan);
        if (input.Run.Recording is null)
            html.End("copy.js");
        else
            html.End("copy.js", "sequence.js", "failure.js");
    }

    private static void Header(PageWriter html, FailureReportInput input, Plan plan)
    {
        var run = input.Run;
        html.Markup("<div class=\"top\"><div>\n").Element("h1", plan.Promise.Length > 0 ? plan.Promise : plan.Name).Markup("\n<p class=\"muted\">");
        html.Text(plan.Promise.Length > 0 ? $"This was promised by plan {plan.Name}, and a run broke it." : "A run of this plan broke what its oracles demand.");
        html.Markup("</p></div>\n<button type=\"button\" id=\"theme\">Dark / light</button></div>\n");
        html.Markup("<div class=\"verdict\"><b>").Text(input.Violation.Oracle).Text(": ").Text(input.Violation.What).Markup("</b>");
        if (Statement(input) is { } statement)
            html.Markup("<br>").Element("span class=\"muted\"", Text($"{input.Violation.Oracle} demands: {statement}"));
        html.Markup("</div>\n").Command("replay", input.ReplayCommand);

        var depth = run.Firings.Length + run.Picks.Length;
        html.Markup("<dl class=\"facts\">\n");
        html.Fact("seed", Text($"{run.Request.Seed}"), isBig: true);
        html.Fact("depth (choices made)", PageWriter.Count(depth), isBig: true);
        html.Fact("shrunk (choices)", Shrunk(input, depth), isBig: true);
        html.Fact("violated at", EventText.Time(input.Violation.Moment.Ticks), isBig: true);
        html.Fact("in step", PageWriter.Count(input.Violation.Moment.Step));
        html.Fact("strategy", Strategy(run.Request));
        html.Fact("run", Text($"{PageWriter.Count(run.Steps)} steps, {PageWriter.Count(run.Events)} events, {EventText.Time(run.Virtual.Ticks)}"));
        html.Fact("faults fired", run.Faults.IsEmpty ? "none" : string.Join(", ", run.Faults.Select(fault => Text($"{fault.Rule} {fault.Fired}"))));
        html.Fact("trace hash", Text($"{run.TraceHash:x16}"));
        if (input.Candidates is { } tried)
            html.Fact("runs to shrink it", PageWriter.Count(tried));
        if (run.Request.Flaw is { } flaw)
            html.Fact("flawed variant", flaw);
        if (input.Version is { } version)
            html.Fact("build", version);
        html.Markup("</dl>\n");
        foreach (var exclusion in plan.Except)
            html.Markup("<p class=\"muted\">").Text($"{exclusion.Oracle} doesn't judge this plan: {exclusion.Reason}").Markup("</p>\n");
    }

    private static void Story(PageWriter html, FailureReportInput input)
    {
        if (input.Sentences.IsDefaultOrEmpty)
            return;
        html.Markup("<h2>What happened</h2>\n<ol class=\"story\">\n");
        foreach (var sentence in input.Sentences)
            html.Element("li", sentence).Markup("\n");
        html.Markup("</ol>\n");
    }

    private static void Charts(PageWriter html, FailureReportInput input, TraceRecording trace)
    {
        html.Markup("""
            <h2>Sequence</h2>
            <div class="bar"><button type="button" id="slice" aria-pressed="true">What led to it</button><button type="button" id="whole" aria-pressed="false">Whole run</button></div>

            """).Markup(SequenceLegend.Markup).Markup("""
            <div class="frame tall" id="sequence" tabindex="0"></div>
            <h2>Timeline</h2>
            <div class="bar"><button type="button" id="by-steps" aria-pressed="true">By steps</button><button type="button" id="by-time" aria-pressed="false">By virtual time</button><span class="muted">windows of faults are shaded; the red line is the violation</span></div>
            <div class="frame" id="timeline"></div>
            <h2>States</h2>
            <div class="legend"><span><i style="background:var(--free)"></i>FREE</span><span><i style="background:var(--pending)"></i>PENDING</span><span><i style="background:var(--processing)"></i>PROCESSING</span><span><i style="background:var(--complete)"></i>COMPLETE</span><span><svg width="26" height="10"><path class="avail" d="M0,5H26"/></svg>available index</span><span><svg width="26" height="10"><path class="used" d="M0,5H26"/></svg>used index</span></div>
            <div class="frame" id="strips"></div>
            <noscript><p class="verdict warn">The charts are drawn by a script of this page, which this browser doesn't run.</p></noscript>

            """);
        html.Markup("<script type=\"application/json\" id=\"data\">").Markup(ChartJson.Of(input, trace)).Markup("</script>\n");
    }

    private static void Sources(PageWriter html, FailureReportInput input, Plan plan)
    {
        html.Markup("<h2>Repeat it</h2>\n<div class=\"bar\"><button type=\"button\" data-copy=\"replay\">Copy replay command</button>");
        html.Markup("<button type=\"button\" data-copy=\"xunit\">Copy as xunit test</button><button type=\"button\" data-copy=\"plan\">Copy plan</button></div>\n");
        html.Markup("<details><summary>xunit test</summary>").Element("pre id=\"xunit\"", input.XunitTest ?? XunitSource.Of(input.Run, input.Violation)).Markup("</details>\n");
        html.Markup("<details><summary>Plan</summary>").Element("pre id=\"plan\"", PlanFile.Write(plan)).Markup("</details>\n");
    }

    private static string? Statement(FailureReportInput input) => input.OracleStatement
        ?? OracleCatalog.All.FirstOrDefault(oracle => oracle.Id == input.Violation.Oracle)?.Statement;

    private static string Shrunk(FailureReportInput input, int depth) =>
        input.OriginalDepth is { } from ? Text($"{PageWriter.Count(from)} → {PageWriter.Count(depth)}") : "no";

    private static string Strategy(RunRequest request) => request switch
    {
        { Script: not null } => "by the choices of a log",
        { Plan.Strategy: StrategyKind.Portfolio } => Text($"portfolio: {Strategies.OfSeed(request.Seed)}"),
        _ => request.Plan.Strategy.ToString(),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
