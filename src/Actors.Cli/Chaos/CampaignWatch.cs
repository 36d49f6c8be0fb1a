using System.Globalization;
using Actors.Simulation;
using Spectre.Console;

namespace Actors.Cli;

/// <summary>Runs a campaign while a person watches: a line that changes on a terminal, a line every ten seconds elsewhere.</summary>
internal static class CampaignWatch
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>Runs it.</summary>
    /// <param name="campaign">The campaign.</param>
    /// <param name="request">What it was made of.</param>
    /// <param name="error">Where the line goes; null: nowhere.</param>
    /// <param name="stop">Ends it early.</param>
    public static CampaignResult Run(Campaign campaign, CampaignRequest request, TextWriter? error, CancellationToken stop)
    {
        if (error is null)
            return campaign.Run(stop);

        CampaignResult? result = null;
        Exception? defect = null;
        var work = new Thread(() =>
        {
            try
            {
                result = campaign.Run(stop);
            }
            catch (Exception thrown)
            {
                defect = thrown;
            }
        })
        { IsBackground = true, Name = "campaign" };
        work.Start();
        if (!Console.IsErrorRedirected && ReferenceEquals(error, Console.Error))
            OnTerminal(campaign, request, error, work);
        else
            InLines(campaign, request, error, work);
        return defect is null ? result! : throw new InvalidOperationException(defect.Message, defect);
    }

    /// <summary>The line.</summary>
    public static string Line(CampaignProgress progress, CampaignRequest request)
    {
        var seconds = progress.Elapsed.TotalSeconds;
        var rate = seconds > 0 ? progress.Seeds / seconds : 0;
        var share = progress.Seeds > 0 ? 100.0 * progress.Inconclusive / progress.Seeds : 0;
        var all = request.Time is null ? string.Create(CultureInfo.InvariantCulture, $" of {request.Seeds:N0}") : string.Empty;
        var faults = string.Concat(progress.Faults.Select(fault =>
            string.Create(CultureInfo.InvariantCulture, $" {fault.Rule} {Short(fault.Fired)}/{Short(fault.Effective)}/{Short(fault.Recovered)}")));
        var points = progress.Points == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" | sometimes {progress.PointsReached}/{progress.Points}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"seeds {progress.Seeds:N0}{all} | {rate:N0}/s{(faults.Length == 0 ? "" : " | fired/effective/recovered" + faults)} | inconclusive {share:0.#} % | failures {progress.Failed}{points}");
    }

    private static void OnTerminal(Campaign campaign, CampaignRequest request, TextWriter error, Thread work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        console.Live(new Text(Line(campaign.Progress, request))).AutoClear(true).Start(live =>
        {
            while (!work.Join(Glance))
                live.UpdateTarget(new Text(Line(campaign.Progress, request)));
        });
    }

    private static void InLines(Campaign campaign, CampaignRequest request, TextWriter error, Thread work)
    {
        while (!work.Join(Pause))
            Complaint.Print(error, Line(campaign.Progress, request));
    }

    private static string Short(long count) => count switch
    {
        < 10_000 => count.ToString(CultureInfo.InvariantCulture),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1000}k"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{count / 1_000_000}M"),
    };
}
