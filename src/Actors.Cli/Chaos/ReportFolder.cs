using System.Globalization;
using System.Reflection;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>What a campaign and its failing runs leave in a folder: choice logs, and for the first failures the shrunk log, the trace and a page.</summary>
internal sealed class ReportFolder
{
    /// <summary>Failures that get more than a choice log: shrinking takes time.</summary>
    private const int MaxPages = 3;

    private static readonly ShrinkLimits Limits = new(TimeSpan.FromSeconds(10), 50_000);
    private static readonly string? Version = typeof(ReportFolder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    private readonly string _folder;
    private readonly List<CampaignReportFailure> _failures = [];

    private ReportFolder(string folder) => _folder = folder;

    /// <summary>Makes the folder if it isn't there, or says why it can't be used.</summary>
    public static Parsed<ReportFolder> Prepare(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new ReportFolder(folder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Mistake($"--report can't make the folder '{folder}': {Refusal.Of(folder, refused)}, name another one");
        }
    }

    /// <summary>Writes the files of a failure.</summary>
    public Reproduction Write(CampaignFailure failure)
    {
        var plan = failure.Result.Request.Plan;
        var name = string.Create(CultureInfo.InvariantCulture, $"{FileName(plan.Name)}-{failure.Seed}-{FileName(failure.Violation.Oracle)}");
        var stem = Path.Combine(_folder, name);
        OutputFile.Write(stem + ".choices.bin", ChoiceLog.Of(failure.Result, failure.Violation).ToBytes());
        var reproduction = Reproduction.ByFile(failure, stem + ".choices.bin");
        string? page = null;
        if (_failures.Count(known => known.Page is not null) < MaxPages && WritePage(failure, stem))
            page = name + ".html";
        _failures.Add(new CampaignReportFailure(failure, reproduction.Command, page));
        return reproduction;
    }

    /// <summary>Writes the page of the campaign.</summary>
    public void Write(CampaignResult campaign)
    {
        var input = new CampaignReportInput { Campaign = campaign, Failures = [.. _failures], Version = Version };
        OutputFile.Write(Path.Combine(_folder, FileName(campaign.Request.Plan.Name) + ".html"), page => CampaignReport.Write(page, input));
    }

    /// <summary>Shrinks the run, and writes what is left of it. False: its choices don't repeat it.</summary>
    private static bool WritePage(CampaignFailure failure, string stem)
    {
        using var host = new SimHost();
        if (Shrinker.Shrink(host, failure.Result, Limits, TimeProvider.System, failure.Violation.Oracle) is not { } shrunk)
            return false;
        var log = stem + ".min.choices.bin";
        OutputFile.Write(log, ChoiceLog.Of(shrunk.Smallest, shrunk.Violation).ToBytes());
        OutputFile.Write(stem + ".min.trace.jsonl", trace => TraceJson.Write(trace, shrunk.Smallest));
        OutputFile.Write(stem + ".html", page => FailureReport.Write(page, new FailureReportInput
        {
            Run = shrunk.Smallest,
            Violation = shrunk.Violation,
            ReplayCommand = $"actors chaos replay {log}",
            OracleStatement = OracleCatalog.All.FirstOrDefault(oracle => oracle.Id == shrunk.Violation.Oracle)?.Statement,
            Neighbour = shrunk.Neighbour,
            Difference = shrunk.Difference,
            OriginalDepth = shrunk.OriginalDepth,
            Candidates = shrunk.Candidates,
            Sentences = shrunk.Sentences,
            Version = Version,
        }));
        return true;
    }

    private static string FileName(string text) => string.Concat(text.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' ? letter : '-'));
}
