using System.Globalization;
using System.Text.Json;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>The result of one run, for a person and for a program.</summary>
internal static class RunText
{
    public static void Write(TextWriter output, Replay replay, RunSource source)
    {
        var result = replay.Result;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{source.Plan.Name} seed={source.Seed}: {Word(result.Verdict)} after {result.Steps:N0} steps, {result.Virtual.TotalSeconds:0.######} s of virtual time; trace hash {result.TraceHash:x16}{Same(replay)}"));
        foreach (var fault in result.Faults)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"fault {fault.Rule} ({fault.Row}): fired {fault.Fired:N0}, effective {fault.Effective:N0}, recovered {fault.Recovered:N0}"));
        }

        foreach (var violation in result.Violations)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"FAIL {violation.Oracle} at {violation.Moment.Ticks / (double)TimeSpan.TicksPerSecond:0.#######} s: {violation.What}"));
        if (IsForeign(replay, source))
            output.WriteLine($"FAIL {source.Log!.Oracle}: {source.Log.What} (as the log has it: this is a demand of a test, which only the test can judge)");
        if (replay.Divergence is { } divergence)
            output.WriteLine($"DIVERGED {divergence}");
        else if (result.Note is { } note)
            output.WriteLine(note);
    }

    public static void Write(Utf8JsonWriter json, Replay replay, RunSource source)
    {
        var result = replay.Result;
        json.WriteString("plan", source.Plan.Name);
        json.WriteNumber("seed", source.Seed);
        json.WriteString("verdict", Word(result.Verdict));
        json.WriteString("traceHash", CampaignJson.Hash(result.TraceHash));
        if (replay.IsSame is { } isSame)
            json.WriteBoolean("sameTrace", isSame);
        if (replay.Divergence is { } divergence)
            json.WriteString("divergence", divergence);
        json.WriteNumber("steps", result.Steps);
        json.WriteNumber("virtualSeconds", result.Virtual.TotalSeconds);
        json.WriteStartArray("violations");
        foreach (var violation in result.Violations)
        {
            json.WriteStartObject();
            json.WriteString("oracle", violation.Oracle);
            json.WriteString("what", violation.What);
            json.WriteNumber("virtualSeconds", violation.Moment.Ticks / (double)TimeSpan.TicksPerSecond);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("faults");
        foreach (var fault in result.Faults)
        {
            json.WriteStartObject();
            json.WriteString("id", fault.Rule);
            json.WriteString("row", fault.Row);
            json.WriteNumber("fired", fault.Fired);
            json.WriteNumber("effective", fault.Effective);
            json.WriteNumber("recovered", fault.Recovered);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Whether the run repeats a failure that only the test that made the log can see.</summary>
    public static bool IsForeign(Replay replay, RunSource source) =>
        source.Log is { Oracle.Length: > 0 } log && replay.IsSame == true && replay.Result.Violations.IsEmpty && !OracleCatalog.Ids.Contains(log.Oracle);

    private static string Same(Replay replay) => replay.IsSame switch
    {
        true => ", the same as in the log",
        false => ", another than in the log",
        null => string.Empty,
    };

    private static string Word(RunVerdict verdict) => verdict.ToString().ToLowerInvariant();
}
