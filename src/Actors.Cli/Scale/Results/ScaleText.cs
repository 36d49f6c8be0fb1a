using System.Globalization;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>The result of a test for a person.</summary>
internal static class ScaleText
{
    public static void Write(TextWriter output, ScaleResult result)
    {
        Line(output, "VMs", Text($"{result.Vms:N0} on {result.Nodes} {(result.Nodes == 1 ? "node" : "nodes")}, {(result.Placement == VmPlacement.Split ? "split" : "colocated")}; all up after {result.StartSeconds:0.##} s"));
        Line(output, "load", Text($"{result.Duration:0.#} s of plan {result.Plan.Name}{(result.IsStopped ? ", ended by a signal" : "")}"));
        Line(output, "exits", Text($"{result.ExitsPerSecond:N0} a second; p50 {Time(result.ExitLatency.P50)}, p99 {Time(result.ExitLatency.P99)}, p99.9 {Time(result.ExitLatency.P999)}; CPU time of the nodes {Time((long)result.CpuNsPerExit)} each"));
        if (result.Plan.Guest == ScaleGuest.Echo)
            Line(output, "lines", Text($"back after p50 {Time(result.LineLatency.P50)}, p99 {Time(result.LineLatency.P99)}, p99.9 {Time(result.LineLatency.P999)}"));
        if (result.Plan.HasTraffic)
        {
            Line(output, "bytes", Text($"{result.BytesSent:N0} sent, {result.BytesArrived:N0} arrived ({ScaleObjectiveWords.Bytes(result.BytesPerSecond)} a second); lost {result.Lost:N0}, doubled {result.Doubled:N0}, in flight when nodes went {result.InFlight:N0}"));
            Line(output, "silence", Text($"longest {result.LongestStallSeconds:0.##} s; until VMs whose node went answered again {result.LongestRestartSeconds:0.##} s"));
        }

        Line(output, "restarts", Text($"{result.Restarts:N0}{(result.Takeovers > 0 ? Text($", and {result.Takeovers:N0} service sides elsewhere") : "")}"));
        Line(output, "memory", Text($"{ScaleObjectiveWords.Bytes(result.BytesPerVm)} a VM"));
        foreach (var verdict in result.Objectives)
        {
            Line(output, verdict.IsMet ? "met" : "MISSED", Text($"{ScaleObjectiveWords.NameOf(verdict.Objective.Kind)} {ScaleObjectiveWords.Text(verdict.Objective.Kind, verdict.Objective.Limit)}: {verdict.Measured}"));
        }

        foreach (var problem in result.Problems)
            Line(output, "PROBLEM", problem);
        if (!result.UncleanVms.IsEmpty)
            Line(output, "VMs", $"that lost or doubled bytes: {string.Join(", ", result.UncleanVms)}{(result.UncleanVms.Length == ScaleRun.MostNamed ? ", ..." : "")}");
        output.WriteLine(result.IsGood ? "good: nothing lost, nothing doubled, every objective met" : "not good");
    }

    /// <summary>The line of a moment.</summary>
    public static string Progress(ScaleSample sample, int vms)
    {
        var nodes = sample.Nodes.Count(node => node.Answers);
        return Text($"{sample.Seconds,5:0} s | VMs {sample.VmsUp:N0}/{vms:N0} | exits {sample.ExitsPerSecond:N0}/s p50 {Time(sample.ExitLatency.P50)} p99 {Time(sample.ExitLatency.P99)} p99.9 {Time(sample.ExitLatency.P999)} | lines p99 {Time(sample.LineLatency.P99)} | {ScaleObjectiveWords.Bytes(sample.BytesPerSecond)}/s | {ScaleObjectiveWords.Bytes(sample.VmsUp == 0 ? 0 : sample.MemoryBytes / sample.VmsUp)}/VM | nodes {nodes}{(sample.SilentVms > 0 ? Text($" | silent {sample.SilentVms:N0}") : "")}");
    }

    private static string Time(long nanoseconds) => nanoseconds == 0 ? "-" : ScaleObjectiveWords.Time(nanoseconds);

    private static void Line(TextWriter output, string name, string text) => output.WriteLine($"{name,-9} {text}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
