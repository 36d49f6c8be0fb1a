using System.Text.Json;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>The result of a test for a program. Latencies in microseconds.</summary>
internal static class ScaleJson
{
    public static void Write(Utf8JsonWriter json, ScaleResult result)
    {
        json.WriteString("plan", result.Plan.Name);
        json.WriteBoolean("good", result.IsGood);
        json.WriteBoolean("stopped", result.IsStopped);
        json.WriteNumber("vms", result.Vms);
        json.WriteNumber("nodes", result.Nodes);
        json.WriteString("placement", result.Placement == VmPlacement.Split ? "split" : "colocated");
        json.WriteNumber("duration", Math.Round(result.Duration, 3));
        json.WriteNumber("startSeconds", Math.Round(result.StartSeconds, 3));
        json.WriteNumber("exitsPerSecond", Math.Round(result.ExitsPerSecond, 1));
        json.WriteNumber("cpuNsPerExit", Math.Round(result.CpuNsPerExit, 1));
        Latency(json, "exitLatency", result.ExitLatency);
        Latency(json, "lineLatency", result.LineLatency);
        json.WriteNumber("bytesPerSecond", Math.Round(result.BytesPerSecond, 1));
        json.WriteNumber("bytesSent", result.BytesSent);
        json.WriteNumber("bytesArrived", result.BytesArrived);
        json.WriteNumber("lost", result.Lost);
        json.WriteNumber("doubled", result.Doubled);
        json.WriteNumber("inFlight", result.InFlight);
        json.WriteNumber("bytesPerVm", result.BytesPerVm);
        json.WriteNumber("restarts", result.Restarts);
        json.WriteNumber("takeovers", result.Takeovers);
        json.WriteNumber("requestsInFlight", result.RequestsInFlight);
        json.WriteNumber("longestStallSeconds", Math.Round(result.LongestStallSeconds, 3));
        json.WriteNumber("longestRestartSeconds", Math.Round(result.LongestRestartSeconds, 3));
        json.WriteStartArray("objectives");
        foreach (var verdict in result.Objectives)
        {
            json.WriteStartObject();
            json.WriteString("name", ScaleObjectiveWords.NameOf(verdict.Objective.Kind));
            json.WriteString("limit", ScaleObjectiveWords.Text(verdict.Objective.Kind, verdict.Objective.Limit));
            json.WriteString("value", verdict.Measured);
            json.WriteBoolean("met", verdict.IsMet);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("uncleanVms");
        foreach (var vm in result.UncleanVms)
            json.WriteNumberValue(vm);
        json.WriteEndArray();
        json.WriteStartArray("problems");
        foreach (var problem in result.Problems)
            json.WriteStringValue(problem);
        json.WriteEndArray();
        json.WriteStartArray("events");
        foreach (var (at, sentence) in result.Events)
        {
            json.WriteStartObject();
            json.WriteNumber("seconds", Math.Round(at / 1e9, 3));
            json.WriteString("what", sentence);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Latency(Utf8JsonWriter json, string name, ScaleLatency latency)
    {
        json.WriteStartObject(name);
        json.WriteNumber("p50", latency.P50 / 1000.0);
        json.WriteNumber("p99", latency.P99 / 1000.0);
        json.WriteNumber("p999", latency.P999 / 1000.0);
        json.WriteEndObject();
    }
}
