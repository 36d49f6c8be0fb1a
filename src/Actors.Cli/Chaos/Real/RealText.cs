using System.Globalization;
using System.Text.Json;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>What became of seeds on real processes, for a person and for a program.</summary>
internal static class RealText
{
    /// <summary>For a person.</summary>
    public static void Write(TextWriter output, RealResult result, IReadOnlyList<Reproduction> failures)
    {
        var (campaign, plan) = (result.Campaign, result.Campaign.Request.Plan);
        output.WriteLine($"{plan.Name}{(plan.Promise.Length == 0 ? "" : ": " + plan.Promise)}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"on {plan.Topology.Nodes} real processes: seeds {campaign.Seeds:N0} from {campaign.Request.From}{(campaign.IsStopped ? " (stopped)" : "")} in {campaign.Elapsed.TotalSeconds:0.0} s; "
            + $"passed {campaign.Passed:N0}, failed {campaign.Failed:N0}, inconclusive {campaign.Inconclusive:N0}"));
        foreach (var fault in campaign.Faults)
            output.WriteLine(Text($"fault {fault.Rule} ({fault.Row}): fired {fault.Fired:N0}, effective {fault.Effective:N0}, recovered {fault.Recovered:N0}"));
        foreach (var point in campaign.Sometimes)
            output.WriteLine(Text($"sometimes {point.Point}: {point.Seeds:N0} seeds"));
        foreach (var seed in result.Seeds)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed.Seed}: {seed.Bytes:N0} bytes of {seed.Incarnations} incarnations of {plan.Topology.Vms} VMs; a VM whose node was lost went on after {seed.Recovery.TotalSeconds:0.0} s at most, "
                + $"one whose node stayed was silent for {seed.Stall.TotalSeconds:0.0} s at most; all was well {seed.WellAfter.TotalSeconds:0.0} s after the last repair"));
        }

        foreach (var except in plan.Except)
            output.WriteLine($"not judged: {except.Oracle}, {except.Reason}");
        output.WriteLine($"judged: {string.Join(", ", Judging(plan))}");
        foreach (var vacuous in campaign.Vacuous)
            output.WriteLine($"FAIL I31 {vacuous}");
        foreach (var failure in failures)
        {
            output.WriteLine(failure.Line(plan.Name));
            foreach (var violation in failure.Failure.Result.Violations)
                output.WriteLine($"  {violation.Oracle}: {violation.What}");
            if (plan.Topology.Cluster.Unfenced)
                output.WriteLine("  where backends know no tokens, token 1 of a VM is the first process that wrote, token 2 the next");
        }
    }

    /// <summary>For a program: a campaign's fields, and what only real processes have.</summary>
    public static void Write(Utf8JsonWriter json, RealResult result, IReadOnlyList<Reproduction> failures)
    {
        CampaignJson.Write(json, result.Campaign, failures);
        json.WriteBoolean("real", true);
        json.WriteNumber("nodes", result.Campaign.Request.Plan.Topology.Nodes);
        json.WriteStartArray("judged");
        foreach (var oracle in Judging(result.Campaign.Request.Plan))
            json.WriteStringValue(oracle);
        json.WriteEndArray();
        json.WriteStartArray("runs");
        foreach (var seed in result.Seeds)
        {
            json.WriteStartObject();
            json.WriteNumber("seed", seed.Seed);
            json.WriteString("verdict", seed.Result.Verdict.ToString().ToLowerInvariant());
            json.WriteString("note", seed.Result.Note);
            json.WriteNumber("recoverySeconds", Math.Round(seed.Recovery.TotalSeconds, 3));
            json.WriteNumber("longestStallSeconds", Math.Round(seed.Stall.TotalSeconds, 3));
            json.WriteNumber("wellAfterSeconds", Math.Round(seed.WellAfter.TotalSeconds, 3));
            json.WriteNumber("bytes", seed.Bytes);
            json.WriteNumber("incarnations", seed.Incarnations);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Oracles that judge a plan on real processes.</summary>
    private static IEnumerable<string> Judging(Plan plan) => RealPlan.Oracles.Where(oracle => (plan.Check.IsEmpty || plan.Check.Contains(oracle)) && !plan.Except.Any(except => except.Oracle == oracle));

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
