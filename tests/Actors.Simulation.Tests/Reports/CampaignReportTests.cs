namespace Actors.Simulation.Tests;

public sealed class CampaignReportTests
{
    [Fact]
    public void The_page_counts_seeds_failures_and_faults()
    {
        var page = Page(Sample());

        Assert.Contains("2 seeds of 120,000 broke the promise.", page, StringComparison.Ordinal);
        Assert.Contains("11,234", page, StringComparison.Ordinal);
        Assert.Contains("fault &#39;crash&#39; never fired in 120000 seeds", page, StringComparison.Ordinal);
        Assert.Contains("href=\"seed-17.html\"", page, StringComparison.Ordinal);
        Assert.Contains("actors chaos replay 17 --plan x", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Situations_that_no_seed_tried_stand_out()
    {
        var page = Page(Sample());
        var cells = SampleRuns.Plan.Faults.Length * CoverageMatrix.Columns.Length;

        Assert.Equal(cells - 9, page.Split("<td class=\"empty\"").Length - 1);
        Assert.Contains($"{cells - 9} of {cells} cells are empty.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_a_plan_says_becomes_markup()
    {
        var input = Sample();
        var plan = SampleRuns.Plan with { Name = SampleRuns.Hostile, Promise = SampleRuns.Hostile, Faults = [.. SampleRuns.Plan.Faults.Select(rule => rule with { Id = SampleRuns.Hostile })] };
        var page = Page(input with
        {
            Campaign = input.Campaign with { Request = input.Campaign.Request with { Plan = plan }, Vacuous = [SampleRuns.Hostile], Sometimes = [new PointCount(SampleRuns.Hostile, 1, true)] },
            Failures = [new CampaignReportFailure(input.Failures[0].Failure, SampleRuns.Hostile, SampleRuns.Hostile)],
        });

        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.DoesNotContain("&<b>", page, StringComparison.Ordinal);
    }

    internal static CampaignReportInput Sample()
    {
        var failing = SampleRuns.Failure();
        var coverage = new CoverageMatrix(SampleRuns.Plan.Faults.Length);
        for (var i = 0; i < 9; i++)
        {
            for (var n = 0; n < 1 << i; n++)
                coverage.Count(i % 3, i);
        }

        CampaignFailure[] failures =
        [
            new(failing.Run with { Request = new RunRequest(SampleRuns.Plan, 17) }, failing.Violation),
            new(failing.Run with { Request = new RunRequest(SampleRuns.Plan, 80_021) }, new Violation("L3", "the chain at head 4 of queue 5 isn't used 5 s after the heal", failing.Violation.Moment)),
        ];
        return new CampaignReportInput
        {
            Version = "1.0.0+test",
            Failures = [.. failures.Select(failure => new CampaignReportFailure(failure, $"actors chaos replay {failure.Seed} --plan x", $"seed-{failure.Seed}.html"))],
            Campaign = new CampaignResult
            {
                Request = new CampaignRequest(SampleRuns.Plan) { Seeds = 120_000, Jobs = 2 },
                Seeds = 120_000,
                Passed = 119_600,
                Failed = 2,
                Inconclusive = 398,
                Repeated = 6000,
                Steps = 180_123_456,
                TraceHash = 0x0123_4567_89AB_CDEF,
                Faults = [new("lost-irq", "F01", 11_234, 11_200, 11_100), new("late-kick", "F09", 9_120, 4_000, 4_000), new("twice", "F14", 301, 300, 300), new("crash", "F35", 0, 0, 0)],
                Sometimes = [new("dm.restarted-with-inflight", 812, true), new("irq.merged", 0, true), new("slot.stale-completion-dropped", 4, false)],
                Coverage = coverage,
                Failures = [.. failures],
                Vacuous = ["fault 'crash' never fired in 120000 seeds"],
                Elapsed = TimeSpan.FromSeconds(61.5),
                IsStopped = false,
            },
        };
    }

    internal static string Page(CampaignReportInput input)
    {
        using var page = new StringWriter();
        CampaignReport.Write(page, input);
        return page.ToString();
    }
}
