using System.Globalization;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>What failing runs leave in a folder.</summary>
internal static class ReportFolder
{
    /// <summary>Makes the folder if it isn't there. Null, or why it can't be used.</summary>
    public static Mistake? Prepare(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Mistake($"--report {folder} is no folder that can be made: {refused.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Null, or why a file can't be written there.</summary>
    public static Mistake? Writable(string file)
    {
        try
        {
            using var probe = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write);
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Mistake($"'{file}' can't be written: {refused.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Writes the files of a failure.</summary>
    public static Reproduction Write(string folder, CampaignResult campaign, CampaignFailure failure, int index)
    {
        var name = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{FileName(campaign.Request.Plan.Name)}-{failure.Seed}-{FileName(failure.Violation.Oracle)}"));
        var log = ChoiceLog.Of(failure.Result, failure.Violation);
        File.WriteAllBytes(name + ".choices.bin", log.ToBytes());
        if (index < MaxPages)
        {
            using var host = new SimHost();
            var recorded = host.Run(failure.Result.Request with { Observers = [], RecordsTrace = true, RecordsChoices = true });
            using var trace = new StreamWriter(name + ".trace.jsonl");
            TraceJson.Write(trace, recorded);
        }

        return Reproduction.ByFile(failure, name + ".choices.bin");
    }

    /// <summary>Writes the page of the campaign.</summary>
    public static void WriteCampaign(string folder, CampaignResult campaign)
    {
        using var file = new StreamWriter(Path.Combine(folder, FileName(campaign.Request.Plan.Name) + ".campaign.json"));
        ChaosJson.Write(file, writer => CampaignJson.Write(writer, campaign, []));
    }

    private const int MaxPages = 3;

    private static string FileName(string text) => string.Concat(text.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' ? letter : '-'));
}
