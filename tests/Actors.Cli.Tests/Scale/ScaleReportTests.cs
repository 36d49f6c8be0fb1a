using System.Text.Json;
using Actors.Protocol;
using Actors.Simulation.Tests;

namespace Actors.Cli.Tests;

public sealed class ScaleReportTests
{
    private static readonly string Folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "report-pictures")).FullName;

    [Fact]
    public void A_result_is_good_only_when_nothing_is_lost_or_doubled_and_every_objective_is_met_and_nothing_else_is_wrong()
    {
        var good = Sample() with { Lost = 0, Problems = [] };
        good = (good with { Plan = good.Plan with { Objectives = [new(ScaleObjectiveKind.ExitLatencyP99, 50e6)] } }).Judged();

        Assert.True(good.IsGood);
        Assert.False((good with { Lost = 1 }).IsGood);
        Assert.False((good with { Doubled = 1 }).IsGood);
        Assert.False((good with { Problems = ["x"] }).IsGood);
        Assert.False((good with { ExitLatency = new(1, 50_000_001, 60_000_000) }).Judged().IsGood);
    }

    [Fact]
    public void What_was_not_measured_meets_no_objective()
    {
        var unmeasured = (Sample() with { ExitLatency = default, Plan = new ScalePlan { Objectives = [new(ScaleObjectiveKind.ExitLatencyP99, 50e6)] } }).Judged();
        Assert.False(Assert.Single(unmeasured.Objectives).IsMet);
        using var text = new StringWriter();
        ScaleText.Write(text, unmeasured);
        Assert.Contains("MISSED    exitLatencyP99 50 ms: not measured", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Objectives_that_are_least_values_are_met_from_below()
    {
        var plan = new ScalePlan { Objectives = [new(ScaleObjectiveKind.ExitsPerSecond, 1000), new(ScaleObjectiveKind.BytesPerSecond, 1e12)] };

        Assert.Equal([true, false], (Sample() with { Plan = plan }).Judged().Objectives.Select(objective => objective.IsMet));
    }

    [Fact]
    public void Json_has_every_figure_of_a_summary()
    {
        using var output = new StringWriter();

        ChaosJson.Write(output, json => ScaleJson.Write(json, Sample()));

        var root = JsonDocument.Parse(output.ToString()).RootElement;
        Assert.Equal((3000, 3, "colocated"), (root.GetProperty("vms").GetInt32(), root.GetProperty("nodes").GetInt32(), root.GetProperty("placement").GetString()));
        Assert.Equal(4.5, root.GetProperty("exitLatency").GetProperty("p99").GetDouble() / 1000);
        Assert.Equal((12, 0, 128), (root.GetProperty("lost").GetInt32(), root.GetProperty("doubled").GetInt32(), root.GetProperty("inFlight").GetInt32()));
        foreach (var name in (string[])["duration", "exitsPerSecond", "bytesSent", "bytesArrived", "bytesPerVm", "restarts", "longestStallSeconds"])
            Assert.Equal(JsonValueKind.Number, root.GetProperty(name).ValueKind);
        Assert.Equal(3, root.GetProperty("objectives").GetArrayLength());
    }

    [Fact]
    public void Text_names_what_was_missed()
    {
        using var output = new StringWriter();

        ScaleText.Write(output, Sample());

        Assert.Contains("MISSED    lost 0 B: 12 B", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("PROBLEM   node 2 fell", output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("not good" + Environment.NewLine, output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_needs_nothing_else_and_shows_names_as_text()
    {
        var page = Page(Sample() with { Plan = Sample().Plan with { Name = "<script>x" } });

        Assert.DoesNotContain("<script>x", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_that_was_stopped_at_once_has_a_page_without_plots() => Assert.DoesNotContain("<svg", Page(Sample() with { Samples = [] }), StringComparison.Ordinal);

    [SkippableFact]
    public void The_page_is_drawn_in_a_browser()
    {
        Skip.If(Browser.File is null, "There is no chromium here; .ci/run installs it.");
        var file = Path.Combine(Folder, "scale.html");
        File.WriteAllText(file, Page(Sample()));

        var (dom, console) = Browser.Dump(file);

        Assert.DoesNotMatch("CONSOLE.*(Error|Uncaught|Refused)", console);
        Assert.Equal(9, dom.Split("data-plot=").Length - 1);
        foreach (var (name, option) in (( string, string)[])[("light", "--blink-settings=preferredColorScheme=1"), ("dark", "--blink-settings=preferredColorScheme=0")])
        {
            var picture = Path.Combine(Folder, $"scale-{name}.png");
            Browser.Screenshot(file, picture, 1280, 2700, option);
            Assert.True(new FileInfo(picture).Length > 20_000, "the picture is empty");
        }
    }

    private static string Page(ScaleResult result)
    {
        using var page = new StringWriter();
        ScaleReport.Write(page, result);
        return page.ToString();
    }

    /// <summary>A minute of three nodes, one of which ends after twenty seconds.</summary>
    private static ScaleResult Sample()
    {
        var samples = new List<ScaleSample>();
        for (var second = 0; second < 60; second++)
        {
            var isGone = second >= 20;
            var up = Math.Min(3000, second * 400);
            var silent = second is > 21 and < 29 ? 1000 : 0;
            string[] addresses = ["127.0.0.1:4053", "127.0.0.1:4054", "127.0.0.1:4055"];
            var nodes = addresses.Select((address, i) => new ScaleNodeSample(address, i != 1 || !isGone, i == 1 && isGone ? 0 : isGone ? up / 2 : up / 3, 0, i == 1 && isGone ? 0 : up * 4.1, i == 1 && isGone ? 0 : (up * 30_000L) + (60L << 20))).ToList();
            var wave = 1 + (0.1 * Math.Sin(second));
            samples.Add(new ScaleSample(
                second,
                up,
                nodes.Sum(node => node.ExitsPerSecond) * wave,
                (up - silent) * 128 * wave,
                new ScaleLatency((long)(400_000 * wave), (long)(4_500_000 * wave), (long)(9_000_000 * wave * (silent > 0 ? 3 : 1))),
                new ScaleLatency((long)(700_000 * wave), (long)(7_000_000 * wave), (long)(20_000_000 * wave)),
                silent,
                nodes.Sum(node => node.MemoryBytes),
                nodes));
        }

        return new ScaleResult
        {
            Plan = new ScalePlan
            {
                Name = "echo",
                Promise = "Every line that goes in comes back once, also when nodes go.",
                Objectives = [new(ScaleObjectiveKind.ExitLatencyP99, 50e6), new(ScaleObjectiveKind.Lost, 0), new(ScaleObjectiveKind.RestartWithin, 10e9)],
            },
            Vms = 3000,
            Placement = VmPlacement.Colocated,
            Nodes = 3,
            Duration = 52,
            StartSeconds = 7.5,
            ExitsPerSecond = 24_600,
            BytesPerSecond = 384_000,
            ExitLatency = new ScaleLatency(400_000, 4_500_000, 9_000_000),
            LineLatency = new ScaleLatency(700_000, 7_000_000, 20_000_000),
            BytesSent = 19_968_140,
            BytesArrived = 19_968_000,
            Lost = 12,
            InFlight = 128,
            BytesPerVm = 30_000,
            Restarts = 1000,
            LongestStallSeconds = 0.61,
            LongestRestartSeconds = 8.4,
            UncleanVms = [17],
            Problems = ["node 2 fell"],
            Samples = [.. samples],
            Events = [new ScaleEvent(20_300_000_000, "node 2 (127.0.0.1:4054) ended, killed by signal 9"), new ScaleEvent(28_100_000_000, "1,000 VMs run anew elsewhere")],
        }.Judged();
    }
}
