using System.Text.Json;

namespace Actors.Simulation.Tests;

public sealed class FailureReportTests
{
    [Fact]
    public void The_page_says_what_was_promised_what_was_violated_and_how_to_repeat_it()
    {
        var page = Page(SampleRuns.Failure());

        Assert.Contains(SampleRuns.Plan.Promise, page, StringComparison.Ordinal);
        Assert.Contains("I14: queue 1 of vm-0 has a used buffer since 1.2 ms that its driver never heard of", page, StringComparison.Ordinal);
        Assert.Contains("I14 demands: A driver that waits for a used buffer gets an interrupt for it.", page, StringComparison.Ordinal);
        Assert.Contains("actors chaos replay reports/console-under-lost-interrupts-3-I14.choices.bin", page, StringComparison.Ordinal);
        Assert.Contains("412 → 4<", System.Net.WebUtility.HtmlDecode(page), StringComparison.Ordinal);
    }

    [Fact]
    public void The_slice_holds_what_led_to_the_violation_and_leaves_out_the_rest()
    {
        var rows = Rows(SampleRuns.Failure());

        Assert.Contains(rows, row => Is(row, "violation"));
        Assert.Contains(rows, row => Is(row, "lost") && Style(row) == "lost");
        Assert.Contains(rows, row => Is(row, "take") && Style(row) == "late");
        Assert.Contains(rows, row => Is(row, "take") && Style(row) == "twice");
        Assert.Equal(4, rows.Count(row => Is(row, "fault") && row.TryGetProperty("c", out _)));
        Assert.InRange(rows.Count(row => row.TryGetProperty("c", out _)), 20, rows.Count / 2);
    }

    [Fact]
    public void An_arrow_begins_in_the_step_that_sent_it()
    {
        var rows = Rows(SampleRuns.Failure());

        var arrows = rows.Where(row => Is(row, "take") && row.GetProperty("o").GetInt32() >= 0).ToList();
        Assert.NotEmpty(arrows);
        Assert.All(arrows, row =>
        {
            var origin = rows[row.GetProperty("o").GetInt32()];
            Assert.True(origin.GetProperty("q").GetInt32() < row.GetProperty("q").GetInt32());
            if (row.GetProperty("f").GetInt32() is >= 0 and var from)
                Assert.Equal(from, origin.GetProperty("l").GetInt32());
        });
    }

    [Fact]
    public void Slots_rings_and_epochs_are_read_off_the_trace()
    {
        var strips = new StateStrips(SampleRuns.Passing().Recording!);

        var slot = Assert.Single(strips.Slots);
        Assert.Equal("slot vm-0 vcpu-0", slot.Name);
        Assert.Contains(slot.Points, point => point.Value == 1);
        Assert.Equal(0, slot.Points[^1].Value);
        Assert.Single(strips.Epochs);
        var ring = Assert.Single(strips.Rings, ring => ring.Name == "queue 1 vm-0");
        Assert.Equal(16, ring.Available[^1].Value);
        Assert.Equal(16, ring.Used[^1].Value);
    }

    [Fact]
    public void The_pair_says_where_the_runs_part()
    {
        var page = Page(SampleRuns.Failure());

        Assert.Contains("without fault &#39;lost-irq&#39; at visit 3 it passes", page, StringComparison.Ordinal);
        Assert.Contains("<tr class=\"parts\">", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_a_plan_or_an_oracle_says_becomes_markup()
    {
        var input = SampleRuns.Failure(SampleRuns.Hostile);
        var plan = SampleRuns.Plan with { Name = SampleRuns.Hostile, Promise = SampleRuns.Hostile, Faults = [SampleRuns.Plan.Faults[0] with { Id = SampleRuns.Hostile }] };
        var page = Page(input with
        {
            Run = input.Run with { Request = input.Run.Request with { Plan = plan } },
            ReplayCommand = SampleRuns.Hostile, Difference = SampleRuns.Hostile, Sentences = [SampleRuns.Hostile], OracleStatement = SampleRuns.Hostile, Version = SampleRuns.Hostile,
        });

        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.DoesNotContain("&<b>", page, StringComparison.Ordinal);
        Assert.Equal(4, page.Split("</script>").Length - 1);
    }

    [Fact]
    public void The_page_needs_nothing_from_outside()
    {
        var page = Page(SampleRuns.Failure());

        Assert.DoesNotContain("<link", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_without_a_trace_has_a_page_without_charts()
    {
        var input = SampleRuns.Failure();

        Assert.Contains("trace was not recorded", Page(input with { Run = input.Run with { Recording = null } }), StringComparison.Ordinal);
    }

    internal static string Page(FailureReportInput input)
    {
        using var page = new StringWriter();
        FailureReport.Write(page, input);
        return page.ToString();
    }

    private static List<JsonElement> Rows(FailureReportInput input) =>
        [.. JsonDocument.Parse(ChartJson.Of(input, input.Run.Recording!)).RootElement.GetProperty("rows").EnumerateArray()];

    private static bool Is(JsonElement row, string kind) => row.GetProperty("k").GetString() == kind;

    private static string? Style(JsonElement row) => row.TryGetProperty("st", out var style) ? style.GetString() : null;
}
