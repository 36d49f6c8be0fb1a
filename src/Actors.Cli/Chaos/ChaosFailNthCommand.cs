using System.CommandLine;
using System.Globalization;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary><c>actors chaos fail-nth</c>: every single fault once.</summary>
internal sealed class ChaosFailNthCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Argument<string> _plan = ChaosOptions.PlanArgument();
    private readonly Option<string> _pairs = new("--pairs") { Description = "Pairs of faults to try afterwards, by sample. Default: 0", HelpName = "N" };
    private readonly Option<string> _from = new("--seed") { Description = "Seed of all runs. Default: 1", HelpName = "S" };
    private readonly Option<string> _jobs = ChaosOptions.Jobs();
    private readonly Option<bool> _json = ChaosOptions.Json();

    public ChaosFailNthCommand()
    {
        Command = new Command("fail-nth", "Lets every loss, copy, delay and crash happen once at every visit of its site, in the plan without its own faults.") { _plan, _pairs, _from, _jobs, _json };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult options)
    {
        var (output, error) = (options.InvocationConfiguration.Output, options.InvocationConfiguration.Error);
        if (!PlanSource.Load(options.GetValue(_plan)!).TryGet(out var plan, out var mistake))
            return Complaint.Say(error, mistake);
        if (!ChaosOptions.Seed("--seed", options.GetValue(_from)).TryGet(out var seed, out mistake))
            return Complaint.Say(error, mistake);
        if (!ChaosOptions.JobsOf(options.GetValue(_jobs)).TryGet(out var jobs, out mistake))
            return Complaint.Say(error, mistake);
        var pairs = 0L;
        if (options.GetValue(_pairs) is { } text and not "0" && !ChaosOptions.Count("--pairs", text, 0).TryGet(out pairs, out mistake))
            return Complaint.Say(error, mistake);

        var json = options.GetValue(_json);
        using var signals = StopSignals.Register();
        var sweep = new FailNth(plan, seed, jobs);
        using (json ? null : new Timer(_ => Complaint.Print(error, string.Create(CultureInfo.InvariantCulture, $"{sweep.SitesDone} of {sweep.Rules.Length} faults done, {sweep.Runs:N0} runs")), null, Pause, Pause))
        {
            var result = sweep.Run((int)Math.Min(pairs, int.MaxValue), signals.Stop);
            if (json)
                ChaosJson.Write(output, writer => Write(writer, result));
            else
                Write(output, result);
            return signals.Status ?? (result.Failed + result.FailedPairs == 0 ? ExitStatus.Ok : ExitStatus.Failed);
        }
    }

    private static void Write(TextWriter output, FailNthResult result)
    {
        foreach (var site in result.Sites)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{site.Rule.Row} {site.Rule.Do,-9} {site.Rule.Site,-22} {site.Visits,6} visits, {site.Effective,6} with effect, {site.Failed,4} failed"));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Runs:N0} runs{(result.IsStopped ? " (stopped)" : "")}: {result.Sites.Sum(site => site.Visits):N0} single faults, {result.Failed:N0} failed; {result.Pairs:N0} pairs, {result.FailedPairs:N0} failed"));
        foreach (var failure in result.Failures)
        {
            output.WriteLine($"FAIL {failure.Violation.Oracle} {Faults(failure)} repro: actors chaos replay {Repro(failure)}");
            output.WriteLine($"  {failure.Violation.What}");
        }
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, FailNthResult result)
    {
        json.WriteString("plan", result.Plan.Name);
        json.WriteNumber("runs", result.Runs);
        json.WriteNumber("singles", result.Sites.Sum(site => site.Visits));
        json.WriteNumber("failures", result.Failed);
        json.WriteNumber("pairs", result.Pairs);
        json.WriteNumber("failedPairs", result.FailedPairs);
        json.WriteStartArray("sites");
        foreach (var site in result.Sites)
        {
            json.WriteStartObject();
            json.WriteString("site", site.Rule.Site);
            json.WriteString("do", site.Rule.Do);
            json.WriteString("row", site.Rule.Row);
            json.WriteNumber("visits", site.Visits);
            json.WriteNumber("effective", site.Effective);
            json.WriteNumber("failed", site.Failed);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("firstFailures");
        foreach (var failure in result.Failures)
        {
            json.WriteStartObject();
            json.WriteString("faults", Faults(failure));
            json.WriteString("oracle", failure.Violation.Oracle);
            json.WriteString("what", failure.Violation.What);
            json.WriteString("repro", $"actors chaos replay {Repro(failure)}");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The plan with its fault is nobody's file, so the log goes along whole.</summary>
    private static string Repro(CampaignFailure failure) => ChoiceLog.Of(failure.Result, failure.Violation).ToPrintable();

    private static string Faults(CampaignFailure failure) => string.Join(
        " + ", failure.Result.Request.Plan.Faults.Select(rule => string.Create(CultureInfo.InvariantCulture, $"{rule.Do} at {rule.Site} #{rule.Nth}")));
}
