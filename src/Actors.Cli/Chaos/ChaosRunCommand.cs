using System.CommandLine;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary><c>actors chaos run</c>: many seeds of a plan.</summary>
internal sealed class ChaosRunCommand
{
    private readonly Argument<string> _plan = ChaosOptions.PlanArgument();

    private readonly Option<string> _seeds = new("--seeds")
    {
        Description = $"Seeds to run. Default: {ChaosOptions.DefaultSeeds}, or as many as --time allows",
        HelpName = "N",
    };

    private readonly Option<string> _from = ChaosOptions.From();
    private readonly Option<string> _jobs = ChaosOptions.Jobs();
    private readonly Option<string> _time = ChaosOptions.Time();

    private readonly Option<string> _flaw = new("--flaw") { Description = "Runs a deliberately wrong variant (chaos list names them)", HelpName = "NAME" };

    private readonly Option<string> _report = new("--report")
    {
        Description = "Folder for what failing runs leave: choice logs, traces, pages. Made if it isn't there",
        HelpName = "DIR",
    };

    private readonly Option<string> _junit = new("--junit") { Description = "Writes the result as JUnit XML, too", HelpName = "FILE" };
    private readonly Option<bool> _json = ChaosOptions.Json();

    private readonly Option<bool> _real = new("--real")
    {
        Description = "On real processes: nodes are started, killed and stopped, and a proxy of ours is the network between them. Default there: --seeds 1, and --time is how long faults fire in each (30s)",
    };

    public ChaosRunCommand()
    {
        Command = new Command("run", "Runs many seeds of a plan and says what failed, and which faults fired, had an effect and were recovered from.")
        {
            _plan, _seeds, _from, _jobs, _time, _report, _junit, _flaw, _json, _real,
        };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult options)
    {
        var (output, error) = (options.InvocationConfiguration.Output, options.InvocationConfiguration.Error);
        if (!Request(options).TryGet(out var request, out var mistake))
            return Complaint.Say(error, mistake);
        ReportFolder? report = null;
        if (options.GetValue(_report) is { } folder && !ReportFolder.Prepare(folder).TryGet(out report, out mistake))
            return Complaint.Say(error, mistake);
        var junit = options.GetValue(_junit);
        if (junit is not null && OutputFile.Check(junit) is { } unwritable)
            return Complaint.Say(error, unwritable);

        var json = options.GetValue(_json);
        if (options.GetValue(_real))
            return RunReal(options, request, junit, json);
        using var signals = StopSignals.Register();
        var campaign = new Campaign(request, TimeProvider.System);
        var result = CampaignWatch.Run(campaign, request, json ? null : error, signals.Stop);

        var reproductions = result.Failures.Select(failure => report?.Write(failure) ?? Reproduction.BySeed(failure, options.GetValue(_plan)!)).ToList();
        report?.Write(result);
        if (json)
            ChaosJson.Write(output, writer => CampaignJson.Write(writer, result, reproductions));
        else
            CampaignText.Write(output, result, reproductions);
        if (junit is not null)
            JUnitReport.Write(junit, result, reproductions);
        return signals.Status ?? (result.IsGood ? ExitStatus.Ok : ExitStatus.Failed);
    }

    private int RunReal(ParseResult options, CampaignRequest request, string? junit, bool json)
    {
        var (output, error) = (options.InvocationConfiguration.Output, options.InvocationConfiguration.Error);
        foreach (var (option, isGiven) in new[] { ("--flaw", options.GetResult(_flaw)), ("--jobs", options.GetResult(_jobs)), ("--report", options.GetResult(_report)) }.Select(pair => (pair.Item1, pair.Item2 is not null)))
        {
            if (isGiven)
                return Complaint.Say(error, new Mistake($"{option} is about runs in the world, leave it out with --real"));
        }

        if (RealPlan.Problem(request.Plan) is { } problem)
            return Complaint.Say(error, problem);
        if (options.GetValue(_seeds) is null)
            request = request with { Seeds = RealCampaign.DefaultSeeds };
        using var signals = StopSignals.Register();
        RealResult result;
        try
        {
            result = RealCampaign.RunAsync(request, line => Complaint.Print(error, line), signals.Stop).GetAwaiter().GetResult();
        }
        catch (NodesMissingException missing)
        {
            return Complaint.Say(error, new Mistake(missing.Message));
        }

        var name = options.GetValue(_plan)!;
        var reproductions = result.Campaign.Failures.Select(failure => Reproduction.OnProcesses(failure, name)).ToList();
        if (json)
            ChaosJson.Write(output, writer => RealText.Write(writer, result, reproductions));
        else
            RealText.Write(output, result, reproductions);
        if (junit is not null)
            JUnitReport.Write(junit, result.Campaign, reproductions);
        return signals.Status ?? (result.IsGood ? ExitStatus.Ok : ExitStatus.Failed);
    }

    private Parsed<CampaignRequest> Request(ParseResult options)
    {
        if (!PlanSource.Load(options.GetValue(_plan)!).TryGet(out var plan, out var mistake))
            return mistake;
        TimeSpan? time = null;
        if (options.GetValue(_time) is { } text)
        {
            if (!ChaosOptions.TimeOf(text).TryGet(out var limit, out mistake))
                return mistake;
            time = limit;
        }

        if (!ChaosOptions.Count("--seeds", options.GetValue(_seeds), time is null ? ChaosOptions.DefaultSeeds : long.MaxValue / 2).TryGet(out var seeds, out mistake))
            return mistake;
        if (!ChaosOptions.Seed("--from", options.GetValue(_from)).TryGet(out var from, out mistake))
            return mistake;
        if (!ChaosOptions.JobsOf(options.GetValue(_jobs)).TryGet(out var jobs, out mistake))
            return mistake;
        if (options.GetValue(_flaw) is { } flaw && FlawCatalog.Find(flaw) is null)
            return new Mistake($"there is no flawed variant '{flaw}'{Spelling.Hint(flaw, FlawCatalog.Makers.Select(make => make().Name))} (actors chaos list names them)");
        return new CampaignRequest(plan) { Seeds = seeds, From = from, Jobs = jobs, Time = time, Flaw = options.GetValue(_flaw) };
    }
}
