namespace Actors.Cli;

/// <summary>The options of <c>actors run</c> by name.</summary>
internal static class RunOptionNames
{
    public const string Slot = "-s";
    public const string Memory = "-m";
    public const string Vcpus = "--vcpus";
    public const string Guest = "--guest";
    public const string Ioeventfd = "--ioeventfd";
    public const string Asyncio = "--asyncio";
    public const string Transport = "--transport";
    public const string Policy = "--policy";
    public const string Polling = "--polling";
    public const string Trace = "--trace";
    public const string TraceFormat = "--trace-format";
    public const string Otlp = OtlpOptions.Option;
    public const string Inspect = "--inspect";

    public static readonly IReadOnlyList<string> All = [Slot, Memory, Vcpus, Guest, Ioeventfd, Asyncio, Transport, Policy, Polling, Trace, TraceFormat, Otlp, Inspect];

    /// <summary>What to say about an option that isn't one.</summary>
    public static string Unknown(string text) => $"there is no option '{text}'{Spelling.Hint(text.Split('=')[0], All)} (actors run --help lists them)";
}
