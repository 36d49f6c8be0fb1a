using System.Globalization;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>The result of a campaign for a person.</summary>
internal static class CampaignText
{
    public static void Write(TextWriter output, CampaignResult result, IReadOnlyList<Reproduction> failures)
    {
        var plan = result.Request.Plan;
        output.WriteLine($"{plan.Name}{(plan.Promise.Length == 0 ? "" : ": " + plan.Promise)}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seeds {result.Seeds:N0} from {result.Request.From}{(result.IsStopped ? " (stopped)" : "")} in {result.Elapsed.TotalSeconds:0.0} s, {result.SeedsPerSecond:N0}/s, {result.SeedsPerSecondPerCore:N0}/s and core; "
            + $"passed {result.Passed:N0}, failed {result.Failed:N0}, inconclusive {result.Inconclusive:N0}; {result.Repeated:N0} run twice"));
        foreach (var fault in result.Faults)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"fault {fault.Rule} ({fault.Row}): fired {fault.Fired:N0}, effective {fault.Effective:N0}, recovered {fault.Recovered:N0}"));
        }

        foreach (var point in result.Sometimes)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sometimes {point.Point}: {point.Seeds:N0} seeds"));
        foreach (var except in plan.Except)
            output.WriteLine($"not judged: {except.Oracle}, {except.Reason}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"trace hash {result.TraceHash:x16}"));
        foreach (var vacuous in result.Vacuous)
            output.WriteLine($"FAIL I31 {vacuous}");
        foreach (var failure in failures)
        {
            output.WriteLine(failure.Line(plan.Name));
            output.WriteLine($"  {failure.Failure.Violation.What}");
        }

        if (result.Failed > failures.Count)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"and {result.Failed - failures.Count:N0} more failures"));
    }
}
