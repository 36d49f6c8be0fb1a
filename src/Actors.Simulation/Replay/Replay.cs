using System.Globalization;

namespace Actors.Simulation;

/// <summary>A run that is made again.</summary>
/// <param name="Result">What became of it now.</param>
/// <param name="IsSame">Whether its trace is the one of the log; null when there is no log, or it was drawn anew.</param>
/// <param name="Divergence">In which choice it parted from the log, with what both know about it; null when it didn't.</param>
public sealed record Replay(RunResult Result, bool? IsSame, string? Divergence)
{
    /// <summary>
    /// Runs a plan's seed again, by a log's choices if there is one. Without a log, and for a log of such a failure, the checks that campaigns make with further runs are
    /// made, too (<see cref="CampaignChecks"/>): their seeds pass alone.
    /// </summary>
    /// <param name="host">Where.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="log">The choices, or null to draw them by the seed.</param>
    /// <param name="mode">How the log is followed.</param>
    /// <param name="flaw">Name of a flawed variant, or null.</param>
    public static Replay Of(SimHost host, Plan plan, ulong seed, ChoiceLog? log, ReplayMode mode, string? flaw = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        var request = new RunRequest(plan, seed)
        {
            Script = log is null ? null : log.Script with { Mode = mode }, RecordsChoices = true, RecordsTrace = true, Flaw = flaw,
        };
        var result = RunOnce(host, request);
        if (log is null)
            return new Replay(Compared(host, result), null, null);
        var isSame = result.TraceHash == log.TraceHash;
        if (isSame && CampaignChecks.Knows(log.Oracle))
            result = Compared(host, result);
        return new Replay(result, isSame, isSame || mode != ReplayMode.Strict ? null : DivergenceOf(result, log));
    }

    private static RunResult RunOnce(SimHost host, RunRequest request)
    {
        try
        {
            return host.Run(request);
        }
        catch (WorldStuckException stuck)
        {
            return RunResult.Defect(request, stuck);
        }
    }

    private static RunResult Compared(SimHost host, RunResult result)
    {
        if (result.Verdict != RunVerdict.Passed)
            return result;

        // The runs it is compared with are of other plans, so they draw their choices by the seed, as in the campaign.
        var drawn = result with { Request = result.Request with { Script = null, RecordsChoices = false, RecordsTrace = false } };
        return CampaignChecks.Judge(host, drawn) is { } violation ? result with { Verdict = RunVerdict.Failed, Violations = [violation] } : result;
    }

    private static string? DivergenceOf(RunResult result, ChoiceLog log)
    {
        if (result.Note is { } note)
            return note;
        if (result.Recording is not { Events.IsEmpty: false } trace)
            return null;

        // No choice differs, so something else does: the first choice that wasn't reached is as near as the log can say.
        var unused = log.Script.Firings.Except(result.Firings).ToList();
        return unused.Count > 0
            ? string.Create(CultureInfo.InvariantCulture, $"the log lets fault {unused[0].Rule} fire at visit {unused[0].Occurrence}, which this run never came to; its last event is {EventText.Of(trace.Events[^1], trace)}")
            : string.Create(CultureInfo.InvariantCulture, $"every choice fits, but the trace differs from the log's: this program isn't the one that wrote it");
    }
}
