using System.Globalization;
using System.Text.RegularExpressions;

namespace Actors.Simulation.Tests;

/// <summary>
/// Pages in a browser. The pictures stay in <c>report-pictures</c> beside the test's binary, for a person to look at.
/// </summary>
public sealed partial class ReportScreenshotTests
{
    private const string NoBrowser = "There is no chromium here; .ci/run installs it.";

    private static readonly string Folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "report-pictures")).FullName;

    [SkippableFact]
    public void The_page_of_a_failure_is_drawn_in_a_browser()
    {
        Skip.If(Browser.File is null, NoBrowser);
        var page = Save("failure.html", FailureReportTests.Page(SampleRuns.Failure()));

        var (dom, console) = Browser.Dump(page);

        Assert.DoesNotMatch("CONSOLE.*(Error|Uncaught|Refused)", console);
        Assert.Contains("data-drawn=\"yes\"", dom, StringComparison.Ordinal);
        foreach (var lane in new[] { "vcpu-0", "hypervisor", "HSM", "device model", "pci-0.3.0" })
            Assert.Contains($"data-lane=\"{lane}\"", dom, StringComparison.Ordinal);
        Assert.InRange(Number(ArrowCount(), dom), 20, 200);
        Assert.True(SignCount().Count(dom) >= 4, "crosses and clocks are missing");
        Assert.Equal(SampleRuns.Plan.Faults.Length, RuleLabel().Count(dom));
        NoLabelsOverlap(dom);
        Picture(page, "failure-light.png", 3600);
        Picture(page, "failure-dark.png", 3600, "--blink-settings=preferredColorScheme=0");
    }

    [SkippableFact]
    public void The_whole_run_has_more_arrows_than_what_led_to_the_violation()
    {
        Skip.If(Browser.File is null, NoBrowser);
        var page = Save("failure-whole.html", FailureReportTests.Page(SampleRuns.Failure()));

        var slice = Number(ArrowCount(), Browser.Dump(page).Dom);
        var whole = Number(ArrowCount(), Browser.Dump(page, "#whole").Dom);

        Assert.True(whole > slice * 2, $"{whole} and {slice}");
    }

    [SkippableFact]
    public void The_page_of_a_campaign_is_drawn_in_a_browser()
    {
        Skip.If(Browser.File is null, NoBrowser);
        var page = Save("campaign.html", CampaignReportTests.Page(CampaignReportTests.Sample()));

        var (dom, console) = Browser.Dump(page);

        Assert.DoesNotMatch("CONSOLE.*(Error|Uncaught|Refused)", console);
        Assert.Contains("class=\"matrix\"", dom, StringComparison.Ordinal);
        Picture(page, "campaign-light.png", 1700);
        Picture(page, "campaign-dark.png", 1700, "--blink-settings=preferredColorScheme=0");
    }

    [GeneratedRegex("data-arrows=\"([0-9]+)\"")]
    private static partial Regex ArrowCount();

    [GeneratedRegex("class=\"sign (lost|late)\"")]
    private static partial Regex SignCount();

    [GeneratedRegex("data-rule=\"")]
    private static partial Regex RuleLabel();

    [GeneratedRegex("<text x=\"([0-9.]+)\"[^>]*data-lane=\"[^\"]*\"[^>]*>([^<]*)<")]
    private static partial Regex LaneLabel();

    private static void NoLabelsOverlap(string dom)
    {
        const double letter = 7.5;
        var end = double.MinValue;
        foreach (Match label in LaneLabel().Matches(dom))
        {
            var middle = double.Parse(label.Groups[1].Value, CultureInfo.InvariantCulture);
            var half = label.Groups[2].Length * letter / 2;
            Assert.True(middle - half >= end, $"{label.Groups[2].Value} begins at {middle - half}, the one before it ends at {end}");
            end = middle + half;
        }

        Assert.NotEqual(double.MinValue, end);
    }

    private static int Number(Regex pattern, string dom) => int.Parse(pattern.Match(dom).Groups[1].Value, CultureInfo.InvariantCulture);

    private static void Picture(string page, string name, int height, params string[] options)
    {
        var picture = Path.Combine(Folder, name);
        Browser.Screenshot(page, picture, 1280, height, options);
        Assert.True(new FileInfo(picture).Length > 20_000, "the picture is empty");
    }

    private static string Save(string name, string page)
    {
        var file = Path.Combine(Folder, name);
        File.WriteAllText(file, page);
        return file;
    }
}
