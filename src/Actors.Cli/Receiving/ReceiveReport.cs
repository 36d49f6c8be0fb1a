using Actors.Cluster;

namespace Actors.Cli;

/// <summary>What <c>actors receive</c> says at its end.</summary>
internal static class ReceiveReport
{
    /// <summary>One line a stream.</summary>
    public static void WriteText(TextWriter output, ReceiverReport report)
    {
        foreach (var stream in report.Streams)
        {
            output.WriteLine(
                $"vm-{stream.Vm} {Shown(stream.Port)}: {stream.Bytes} bytes{(stream.BeginsAt > 0 ? $" (here from {stream.BeginsAt} on)" : "")}, sha256 {stream.Sha256}, "
                + $"{Count(stream.Takeovers, "takeover")}, {Count(stream.RefusedTokens, "refused token")}{(stream.Ended ? "" : ", not ended")}"
                + (stream.Problem is { } problem ? $", {problem}" : ""));
        }

        output.WriteLine($"{Count(report.Streams.Length, "stream")}, {Count(report.Connections, "connection")}, {report.Refused} refused");
    }

    /// <summary>One object.</summary>
    public static void WriteJson(TextWriter output, ReceiverReport report) => ChaosJson.Write(output, json =>
    {
        json.WriteStartArray("streams");
        foreach (var stream in report.Streams)
        {
            json.WriteStartObject();
            json.WriteNumber("vm", stream.Vm);
            json.WriteString("port", stream.Port);
            json.WriteNumber("bytes", stream.Bytes);
            json.WriteNumber("beginsAt", stream.BeginsAt);
            json.WriteString("sha256", stream.Sha256);
            json.WriteString("file", stream.File);
            json.WriteNumber("token", stream.Token);
            json.WriteNumber("takeovers", stream.Takeovers);
            json.WriteNumber("refusedTokens", stream.RefusedTokens);
            json.WriteNumber("repeatedBytes", stream.RepeatedBytes);
            json.WriteBoolean("ended", stream.Ended);
            json.WriteString("problem", stream.Problem);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("connections", report.Connections);
        json.WriteNumber("refused", report.Refused);
    });

    private static string Count(long count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    private static string Shown(string name) => string.Concat(name.Select(letter => char.IsControl(letter) ? '?' : letter));
}
