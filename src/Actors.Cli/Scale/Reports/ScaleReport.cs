using System.Globalization;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>The page about a test: one HTML file that needs nothing else, with plots as SVG.</summary>
internal static class ScaleReport
{
    private static readonly string[] Colors = ["--accent", "--good", "--warn", "--twice", "--bad", "--muted"];

    /// <summary>Writes it.</summary>
    public static void Write(TextWriter page, ScaleResult result)
    {
        var html = new PageWriter(page);
        html.Begin($"Scale test {result.Plan.Name}");
        html.Markup("<style>figure.plot { margin: 22px 0 0; } figure.plot figcaption { font-weight: 600; margin-bottom: 4px; } figure.plot svg { width: 100%; height: auto; display: block; }"
            + " figure.plot text { font: 12px system-ui, \"DejaVu Sans\", sans-serif; fill: var(--muted); } .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(540px, 1fr)); gap: 0 28px; }</style>\n");
        Header(html, result);
        Objectives(html, result);
        Plots(html, result);
        Events(html, result);
        Nodes(html, result);
        html.End("copy.js");
    }

    private static void Header(PageWriter html, ScaleResult result)
    {
        html.Markup("<div class=\"top\"><div>\n").Element("h1", result.Plan.Promise.Length > 0 ? result.Plan.Promise : result.Plan.Name).Markup("\n<p class=\"muted\">")
            .Text(Text($"Scale test of plan {result.Plan.Name}: {result.Vms:N0} VMs on {result.Nodes} {(result.Nodes == 1 ? "node" : "nodes")}, {(result.Placement == VmPlacement.Split ? "split" : "colocated")}."));
        html.Markup("</p></div>\n<button type=\"button\" id=\"theme\">Dark / light</button></div>\n");
        html.Markup($"<div class=\"verdict{(result.IsGood ? " good" : "")}\">").Element("b", Verdict(result));
        foreach (var problem in result.Problems)
            html.Markup("<br>").Text(problem);
        html.Markup("</div>\n<dl class=\"facts\">\n");
        html.Fact("VMs", PageWriter.Count(result.Vms), isBig: true);
        html.Fact("exits a second", PageWriter.Count((long)result.ExitsPerSecond), isBig: true);
        html.Fact("exit latency p99", Time(result.ExitLatency.P99), isBig: true);
        html.Fact("lost / doubled bytes", $"{PageWriter.Count(result.Lost)} / {PageWriter.Count(result.Doubled)}", isBig: true);
        html.Fact("exit latency p50, p99.9", $"{Time(result.ExitLatency.P50)}, {Time(result.ExitLatency.P999)}");
        if (result.Plan.Guest == ScaleGuest.Echo)
            html.Fact("line latency p50, p99, p99.9", $"{Time(result.LineLatency.P50)}, {Time(result.LineLatency.P99)}, {Time(result.LineLatency.P999)}");
        html.Fact("bytes sent, arrived", $"{PageWriter.Count(result.BytesSent)}, {PageWriter.Count(result.BytesArrived)}");
        html.Fact("bytes a second", ScaleObjectiveWords.Bytes(result.BytesPerSecond));
        html.Fact("in flight when nodes went", ScaleObjectiveWords.Bytes(result.InFlight));
        html.Fact("new incarnations", Text($"{result.Restarts:N0}{(result.Takeovers > 0 ? Text($", {result.Takeovers:N0} service sides moved") : "")}"));
        html.Fact("longest silence", Text($"{result.LongestStallSeconds:0.##} s"));
        html.Fact("longest until answering again", Text($"{result.LongestRestartSeconds:0.##} s"));
        html.Fact("memory a VM", ScaleObjectiveWords.Bytes(result.BytesPerVm));
        html.Fact("all VMs up after", Text($"{result.StartSeconds:0.##} s"));
        html.Fact("full load", Text($"{result.Duration:0.#} s"));
        html.Markup("</dl>\n");
    }

    private static string Verdict(ScaleResult result)
    {
        if (result.Lost > 0 || result.Doubled > 0)
            return Text($"{result.Lost:N0} bytes lost, {result.Doubled:N0} doubled.");
        var missed = result.Objectives.Count(objective => !objective.IsMet);
        return missed > 0 ? Text($"No byte was lost or doubled; {missed} of {result.Objectives.Length} objectives missed.")
            : result.Problems.IsEmpty ? "No byte was lost or doubled, and every objective was met."
            : "No byte was lost or doubled, but not everything went well.";
    }

    private static void Objectives(PageWriter html, ScaleResult result)
    {
        if (result.Objectives.IsEmpty)
            return;
        html.Markup("<h2>Objectives</h2>\n<div class=\"scroll\"><table><thead><tr><th>objective</th><th class=\"number\">limit</th><th class=\"number\">measured</th><th></th></tr></thead><tbody>\n");
        foreach (var verdict in result.Objectives)
        {
            html.Markup("<tr>").Element("td", ScaleObjectiveWords.NameOf(verdict.Objective.Kind)).Element("td class=\"number\"", ScaleObjectiveWords.Text(verdict.Objective.Kind, verdict.Objective.Limit));
            html.Element("td class=\"number\"", verdict.Measured).Markup("<td>").Element($"span class=\"pill {(verdict.IsMet ? "good" : "bad")}\"", verdict.IsMet ? "met" : "missed").Markup("</td></tr>\n");
        }

        html.Markup("</tbody></table></div>\n");
    }

    private static void Plots(PageWriter html, ScaleResult result)
    {
        if (result.Samples.Length < 2)
            return;
        var events = result.Events.Select(happened => (happened.At / 1e9, happened.Sentence)).ToList();
        html.Markup("<h2>Over time</h2>\n<div class=\"plots\">\n");
        Plot("VMs up", value => value.ToString("N0", CultureInfo.InvariantCulture), ("up", sample => sample.VmsUp), ("silent for 2 s", sample => sample.SilentVms));
        Plot("Exits a second", Short, ("all nodes", sample => sample.ExitsPerSecond));
        Plot("Bytes a second that arrived", ScaleObjectiveWords.Bytes, ("all VMs", sample => sample.BytesPerSecond));
        Plot("Exit latency", ScaleObjectiveWords.Time, ("p50", sample => sample.ExitLatency.P50), ("p99", sample => sample.ExitLatency.P99), ("p99.9", sample => sample.ExitLatency.P999));
        if (result.Plan.Guest == ScaleGuest.Echo)
            Plot("Line latency: sent, echoed, back", ScaleObjectiveWords.Time, ("p50", sample => sample.LineLatency.P50), ("p99", sample => sample.LineLatency.P99), ("p99.9", sample => sample.LineLatency.P999));
        Plot("Memory of all nodes", ScaleObjectiveWords.Bytes, ("memory", sample => sample.MemoryBytes));
        html.Markup("</div>\n<h2>Nodes over time</h2>\n<div class=\"plots\">\n");
        var nodes = result.Samples.SelectMany(sample => sample.Nodes.Select(node => node.Node)).Distinct().Order(StringComparer.Ordinal).ToList();
        PlotNodes("VMs of each node", value => value.ToString("N0", CultureInfo.InvariantCulture), node => node.Vms);
        PlotNodes("Exits a second of each node", Short, node => node.ExitsPerSecond);
        PlotNodes("Memory of each node", ScaleObjectiveWords.Bytes, node => node.MemoryBytes);
        html.Markup("</div>\n");

        void Plot(string title, Func<double, string> label, params (string Name, Func<ScaleSample, double> Value)[] series) => new LinePlot(title, label, events)
            .Write(html, [.. series.Select((one, i) => (one.Name, Colors[i % Colors.Length], (IReadOnlyList<(double, double)>)[.. result.Samples.Select(sample => (sample.Seconds, one.Value(sample)))]))]);

        void PlotNodes(string title, Func<double, string> label, Func<ScaleNodeSample, double> value) => new LinePlot(title, label, events).Write(html, [.. nodes.Select((name, i) => (
            name,
            Colors[i % Colors.Length],
            (IReadOnlyList<(double, double)>)[.. result.Samples.SelectMany(sample => sample.Nodes.Where(node => node.Node == name).Select(node => (sample.Seconds, value(node))))]))]);
    }

    private static void Events(PageWriter html, ScaleResult result)
    {
        html.Markup("<h2>What happened to nodes</h2>\n");
        if (result.Events.IsEmpty)
        {
            html.Markup("<p class=\"muted\">Nothing.</p>\n");
            return;
        }

        html.Markup("<div class=\"scroll\"><table><thead><tr><th class=\"number\">at</th><th>what</th></tr></thead><tbody>\n");
        foreach (var (at, sentence) in result.Events)
            html.Markup("<tr>").Element("td class=\"number\"", Text($"{at / 1e9:0.0} s")).Element("td", sentence).Markup("</tr>\n");
        html.Markup("</tbody></table></div>\n");
    }

    private static void Nodes(PageWriter html, ScaleResult result)
    {
        if (result.Samples is not [.., var last])
            return;
        html.Markup("<h2>Nodes at the end of the load</h2>\n<div class=\"scroll\"><table><thead><tr><th>node</th><th></th><th class=\"number\">VMs</th><th class=\"number\">services</th><th class=\"number\">exits a second</th><th class=\"number\">memory</th></tr></thead><tbody>\n");
        foreach (var node in last.Nodes)
        {
            html.Markup("<tr>").Element("td", node.Node).Markup("<td>").Element($"span class=\"pill {(node.Answers ? "good" : "bad")}\"", node.Answers ? "answers" : "silent").Markup("</td>");
            html.Element("td class=\"number\"", PageWriter.Count(node.Vms)).Element("td class=\"number\"", PageWriter.Count(node.Services));
            html.Element("td class=\"number\"", PageWriter.Count((long)node.ExitsPerSecond)).Element("td class=\"number\"", ScaleObjectiveWords.Bytes(node.MemoryBytes)).Markup("</tr>\n");
        }

        html.Markup("</tbody></table></div>\n");
    }

    private static string Time(long nanoseconds) => nanoseconds == 0 ? "-" : ScaleObjectiveWords.Time(nanoseconds);

    private static string Short(double value) => value switch
    {
        < 10_000 => value.ToString("0", CultureInfo.InvariantCulture),
        < 10_000_000 => (value / 1000).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        _ => (value / 1e6).ToString("0.#", CultureInfo.InvariantCulture) + "M",
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
