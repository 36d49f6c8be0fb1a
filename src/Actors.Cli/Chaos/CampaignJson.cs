using System.Globalization;
using System.Text.Json;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>The result of a campaign for a program.</summary>
internal static class CampaignJson
{
    public static void Write(Utf8JsonWriter json, CampaignResult result, IReadOnlyList<Reproduction> failures)
    {
        json.WriteString("plan", result.Request.Plan.Name);
        json.WriteNumber("from", result.Request.From);
        json.WriteNumber("seeds", result.Seeds);
        json.WriteNumber("jobs", result.Request.Jobs);
        json.WriteNumber("elapsedSeconds", Math.Round(result.Elapsed.TotalSeconds, 3));
        json.WriteNumber("seedsPerSecond", Math.Round(result.SeedsPerSecond, 1));
        json.WriteNumber("seedsPerSecondPerCore", Math.Round(result.SeedsPerSecondPerCore, 1));
        json.WriteNumber("steps", result.Steps);
        json.WriteNumber("passed", result.Passed);
        json.WriteNumber("failures", result.Failed);
        json.WriteNumber("inconclusive", result.Inconclusive);
        json.WriteNumber("repeated", result.Repeated);
        json.WriteBoolean("stopped", result.IsStopped);
        json.WriteString("traceHash", Hash(result.TraceHash));
        Faults(json, result);
        json.WriteStartArray("sometimes");
        foreach (var point in result.Sometimes)
        {
            json.WriteStartObject();
            json.WriteString("point", point.Point);
            json.WriteNumber("seeds", point.Seeds);
            json.WriteBoolean("demanded", point.IsDemanded);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("vacuous");
        foreach (var vacuous in result.Vacuous)
            json.WriteStringValue(vacuous);
        json.WriteEndArray();
        json.WriteStartArray("firstFailures");
        foreach (var failure in failures)
        {
            json.WriteStartObject();
            json.WriteNumber("seed", failure.Failure.Seed);
            json.WriteString("oracle", failure.Failure.Violation.Oracle);
            json.WriteString("what", failure.Failure.Violation.What);
            json.WriteNumber("virtualSeconds", failure.Failure.Violation.Moment.Ticks / (double)TimeSpan.TicksPerSecond);
            json.WriteString("traceHash", Hash(failure.Failure.Result.TraceHash));
            json.WriteString("repro", failure.Command);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A hash as the program writes it everywhere.</summary>
    public static string Hash(ulong hash) => hash.ToString("x16", CultureInfo.InvariantCulture);

    private static void Faults(Utf8JsonWriter json, CampaignResult result)
    {
        json.WriteStartArray("faults");
        for (var rule = 0; rule < result.Faults.Length; rule++)
        {
            var fault = result.Faults[rule];
            json.WriteStartObject();
            json.WriteString("id", fault.Rule);
            json.WriteString("row", fault.Row);
            json.WriteNumber("fired", fault.Fired);
            json.WriteNumber("effective", fault.Effective);
            json.WriteNumber("recovered", fault.Recovered);
            json.WriteStartObject("states");
            for (var column = 0; column < CoverageMatrix.Columns.Length; column++)
                json.WriteNumber($"{CoverageMatrix.Columns[column].Group}.{CoverageMatrix.Columns[column].State}", result.Coverage[rule, column]);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
