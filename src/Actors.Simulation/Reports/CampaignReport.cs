using System.Globalization;

namespace Actors.Simulation;

/// <summary>Writes the page about a campaign: one HTML file that needs nothing else.</summary>
public static class CampaignReport
{
    /// <summary>Writes it.</summary>
    public static void Write(TextWriter page, CampaignReportInput input)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(input);
        var html = new PageWriter(page);
        var campaign = input.Campaign;
        var plan = campaign.Request.Plan;
        html.Begin($"Campaign {plan.Name}");
        Header(html, input, plan);
        Failures(html, input);
        Faults(html, campaign, plan);
        Matrix(html, campaign, plan);
        Sometimes(html, campaign);
        html.Markup("<h2>Plan</h2>\n<div class=\"bar\"><button type=\"button\" data-copy=\"plan\">Copy plan</button></div>\n");
        html.Markup("<details><summary>").Text(plan.Name).Markup("</summary>").Element("pre id=\"plan\"", PlanFile.Write(plan)).Markup("</details>\n");
        html.End("copy.js");
    }

    private static void Header(PageWriter html, CampaignReportInput input, Plan plan)
    {
        var campaign = input.Campaign;
        html.Markup("<div class=\"top\"><div>\n").Element("h1", plan.Promise.Length > 0 ? plan.Promise : plan.Name).Markup("\n<p class=\"muted\">").Text($"Campaign of plan {plan.Name}.");
        html.Markup("</p></div>\n<button type=\"button\" id=\"theme\">Dark / light</button></div>\n");
        var (style, verdict) = campaign switch
        {
            { Failed: > 0 } => (string.Empty, Text($"{Seeds(campaign.Failed)} of {PageWriter.Count(campaign.Seeds)} broke the promise.")),
            { Vacuous.IsEmpty: false } => (" warn", "No seed broke the promise, but the campaign doesn't show what it set out to show."),
            { Inconclusive: > 0 } => (" good", Text($"No seed broke the promise; {Seeds(campaign.Inconclusive)} ended at a bound before the faults healed, and say nothing.")),
            _ => (" good", "No seed broke the promise, and every fault and point was met."),
        };
        html.Markup($"<div class=\"verdict{style}\">").Element("b", verdict);
        foreach (var vacuous in campaign.Vacuous)
            html.Markup("<br>").Text(vacuous);
        html.Markup("</div>\n<dl class=\"facts\">\n");
        html.Fact("seeds", PageWriter.Count(campaign.Seeds), isBig: true);
        html.Fact("failures", PageWriter.Count(campaign.Failed), isBig: true);
        html.Fact("inconclusive", Share(campaign.Inconclusive, campaign.Seeds), isBig: true);
        html.Fact("seeds a second and core", PageWriter.Count((long)campaign.SeedsPerSecondPerCore), isBig: true);
        html.Fact("first seed", Text($"{campaign.Request.From}"));
        html.Fact("steps", Text($"{PageWriter.Count(campaign.Steps)}, {PageWriter.Count(campaign.Seeds == 0 ? 0 : campaign.Steps / campaign.Seeds)} a seed"));
        html.Fact("wall time", Text($"{campaign.Elapsed.TotalSeconds:0.##} s on {campaign.Request.Jobs} {(campaign.Request.Jobs == 1 ? "thread" : "threads")}{(campaign.IsStopped ? ", stopped early" : "")}"));
        html.Fact("run twice and compared", PageWriter.Count(campaign.Repeated));
        html.Fact("hash of all traces", Text($"{campaign.TraceHash:x16}"));
        if (input.Version is { } version)
            html.Fact("build", version);
        html.Markup("</dl>\n");
    }

    private static void Failures(PageWriter html, CampaignReportInput input)
    {
        html.Markup("<h2>Failing seeds</h2>\n");
        if (input.Failures.IsDefaultOrEmpty)
        {
            html.Markup("<p class=\"muted\">None.</p>\n");
            return;
        }

        html.Markup("<div class=\"scroll\"><table><thead><tr><th class=\"number\">seed</th><th>oracle</th><th>what was violated</th><th class=\"number\">at</th><th>repeat</th></tr></thead><tbody>\n");
        for (var i = 0; i < input.Failures.Length; i++)
        {
            var (failure, command, file) = input.Failures[i];
            html.Markup("<tr><td class=\"number\">").Text(Text($"{failure.Seed}")).Markup("</td><td>").Element("span class=\"pill bad\"", failure.Violation.Oracle).Markup("</td><td>");
            if (file is not null)
                html.Markup("<a href=\"").Text(Uri.EscapeDataString(file)).Markup("\">").Text(failure.Violation.What).Markup("</a>");
            else
                html.Text(failure.Violation.What);
            html.Markup("</td><td class=\"number\">").Text(EventText.Time(failure.Violation.Moment.Ticks)).Markup("</td><td>");
            html.Element($"span id=\"repeat-{i}\" hidden", command).Markup($"<button type=\"button\" data-copy=\"repeat-{i}\">Copy</button></td></tr>\n");
        }

        html.Markup("</tbody></table></div>\n");
        if (input.Campaign.Failed > input.Failures.Length)
            html.Markup("<p class=\"muted\">").Text($"The first {input.Failures.Length} of {PageWriter.Count(input.Campaign.Failed)}.").Markup("</p>\n");
    }

    private static void Faults(PageWriter html, CampaignResult campaign, Plan plan)
    {
        html.Markup("<h2>Faults</h2>\n");
        if (campaign.Faults.IsEmpty)
        {
            html.Markup("<p class=\"muted\">The plan has none.</p>\n");
            return;
        }

        html.Markup("<div class=\"scroll\"><table><thead><tr><th>fault</th><th>row</th><th>what</th><th class=\"number\">fired</th><th class=\"number\">effective</th><th class=\"number\">recovered</th><th>effective of fired</th></tr></thead><tbody>\n");
        for (var i = 0; i < campaign.Faults.Length; i++)
        {
            var fault = campaign.Faults[i];
            var rule = i < plan.Faults.Length ? plan.Faults[i] : null;
            html.Markup("<tr><td>").Text(fault.Rule).Markup("</td><td>").Text(fault.Row).Markup("</td><td>").Text(rule is null ? string.Empty : $"{rule.Do} at {rule.Site}").Markup("</td><td class=\"number\">");
            if (fault.Fired == 0)
                html.Element("span class=\"pill warn\"", "never");
            else
                html.Text(PageWriter.Count(fault.Fired));
            html.Markup("</td><td class=\"number\">").Text(PageWriter.Count(fault.Effective)).Markup("</td><td class=\"number\">").Text(PageWriter.Count(fault.Recovered)).Markup("</td><td>");
            var share = fault.Fired == 0 ? 0 : Math.Min(100, fault.Effective * 100 / fault.Fired);
            html.Markup(Text($"<div class=\"meter\" title=\"{share} %\"><i style=\"width:{share}%\"></i></div></td></tr>\n"));
        }

        html.Markup("</tbody></table></div>\n");
    }

    private static void Matrix(PageWriter html, CampaignResult campaign, Plan plan)
    {
        if (campaign.Coverage.Rules == 0)
            return;
        var columns = CoverageMatrix.Columns;
        html.Markup("<h2>Faults by state of the protocol</h2>\n<p class=\"muted\">How often each fault fired while a slot, the device and the queue were in a state. An empty cell is a situation that no seed tried.</p>\n");
        html.Markup("<div class=\"scroll\"><table class=\"matrix\"><thead><tr><th rowspan=\"2\">fault</th>");
        for (var i = 0; i < columns.Length;)
        {
            var span = columns.Skip(i).TakeWhile(column => column.Group == columns[i].Group).Count();
            html.Markup(Text($"<th colspan=\"{span}\">")).Text(columns[i].Group).Markup("</th>");
            i += span;
        }

        html.Markup("</tr><tr>");
        foreach (var column in columns)
            html.Element("th", column.State);
        html.Markup("</tr></thead><tbody>\n");
        var most = 1L;
        for (var rule = 0; rule < campaign.Coverage.Rules; rule++)
        {
            for (var column = 0; column < columns.Length; column++)
                most = Math.Max(most, campaign.Coverage[rule, column]);
        }

        var empty = 0;
        for (var rule = 0; rule < campaign.Coverage.Rules; rule++)
        {
            html.Markup("<tr>").Element("td", plan.Faults[rule].Id);
            for (var column = 0; column < columns.Length; column++)
            {
                var count = campaign.Coverage[rule, column];
                empty += count == 0 ? 1 : 0;
                if (count == 0)
                    html.Markup("<td class=\"empty\" title=\"no seed tried this\">–</td>");
                else
                    html.Markup(Text($"<td style=\"background:color-mix(in srgb, var(--accent) {8 + (int)(42 * Math.Log(1 + count) / Math.Log(1 + most))}%, var(--bg))\">")).Text(Short(count)).Markup("</td>");
            }

            html.Markup("</tr>\n");
        }

        html.Markup("</tbody></table></div>\n<p class=\"muted\">").Text(Text($"{empty} of {campaign.Coverage.Rules * columns.Length} cells are empty.")).Markup("</p>\n");
    }

    private static void Sometimes(PageWriter html, CampaignResult campaign)
    {
        if (campaign.Sometimes.IsEmpty)
            return;
        html.Markup("<h2>Points reached</h2>\n<div class=\"scroll\"><table><thead><tr><th>point</th><th>demanded</th><th class=\"number\">seeds</th><th class=\"number\">share</th></tr></thead><tbody>\n");
        foreach (var point in campaign.Sometimes)
        {
            html.Markup("<tr>").Element("td", point.Point).Markup("<td>").Text(point.IsDemanded ? "yes" : "no").Markup("</td><td class=\"number\">");
            if (point.Seeds > 0)
                html.Text(PageWriter.Count(point.Seeds));
            else
                html.Element("span class=\"pill warn\"", "never");
            html.Markup("</td><td class=\"number\">").Text(Share(point.Seeds, campaign.Seeds)).Markup("</td></tr>\n");
        }

        html.Markup("</tbody></table></div>\n");
    }

    private static string Seeds(long count) => count == 1 ? "1 seed" : $"{PageWriter.Count(count)} seeds";

    private static string Share(long count, long of) => of == 0 ? "-" : Text($"{100.0 * count / of:0.##} %");

    private static string Short(long count) => count switch
    {
        < 10_000 => Text($"{count}"),
        < 10_000_000 => Text($"{count / 1000.0:0.#}k"),
        _ => Text($"{count / 1e6:0.#}M"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
