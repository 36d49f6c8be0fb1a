using System.Globalization;

namespace Actors.Cli;

/// <summary>Names of objectives, in files and results, and what their numbers mean.</summary>
internal static class ScaleObjectiveWords
{
    /// <summary>How an objective's limit is written.</summary>
    internal enum Measure
    {
        /// <summary>A time; nanoseconds.</summary>
        Time,

        /// <summary>Bytes.</summary>
        Bytes,

        /// <summary>A number.</summary>
        Count,
    }

    /// <summary>All, in the order of the documentation.</summary>
    public static IReadOnlyList<(ScaleObjectiveKind Kind, string Name, Measure Measure, bool IsLeast, string Meaning)> All { get; } =
    [
        (ScaleObjectiveKind.ExitLatencyP50, "exitLatencyP50", Measure.Time, false, "half of all exits take no longer"),
        (ScaleObjectiveKind.ExitLatencyP99, "exitLatencyP99", Measure.Time, false, "99 of 100 exits take no longer"),
        (ScaleObjectiveKind.ExitLatencyP999, "exitLatencyP999", Measure.Time, false, "999 of 1,000 exits take no longer"),
        (ScaleObjectiveKind.LineLatencyP50, "lineLatencyP50", Measure.Time, false, "half of all lines come back in this time"),
        (ScaleObjectiveKind.LineLatencyP99, "lineLatencyP99", Measure.Time, false, "99 of 100 lines come back in this time"),
        (ScaleObjectiveKind.LineLatencyP999, "lineLatencyP999", Measure.Time, false, "999 of 1,000 lines come back in this time"),
        (ScaleObjectiveKind.Lost, "lost", Measure.Bytes, false, "bytes that never came, at most"),
        (ScaleObjectiveKind.Doubled, "doubled", Measure.Bytes, false, "bytes that came and should not have, at most"),
        (ScaleObjectiveKind.RestartWithin, "restartWithin", Measure.Time, false, "VMs whose node went answer again in this time"),
        (ScaleObjectiveKind.LongestStall, "longestStall", Measure.Time, false, "no VM whose node stayed is silent for longer"),
        (ScaleObjectiveKind.StartWithin, "startWithin", Measure.Time, false, "all VMs are up in this time"),
        (ScaleObjectiveKind.BytesPerVm, "bytesPerVm", Measure.Bytes, false, "memory of the nodes for each VM, at most"),
        (ScaleObjectiveKind.ExitsPerSecond, "exitsPerSecond", Measure.Count, true, "exits a second, at least"),
        (ScaleObjectiveKind.BytesPerSecond, "bytesPerSecond", Measure.Bytes, true, "bytes a second that arrive, at least"),
    ];

    /// <summary>Name of a kind.</summary>
    public static string NameOf(ScaleObjectiveKind kind) => Of(kind).Name;

    /// <summary>Whether a value meets an objective.</summary>
    public static bool IsMet(ScaleObjective objective, double value) => Of(objective.Kind).IsLeast ? value >= objective.Limit : value <= objective.Limit;

    /// <summary>A value for a person.</summary>
    public static string Text(ScaleObjectiveKind kind, double value) => Of(kind).Measure switch
    {
        Measure.Time when value == 0 => "0",
        Measure.Time => Time(value),
        Measure.Bytes => Bytes(value),
        _ => value.ToString("N0", CultureInfo.InvariantCulture),
    };

    /// <summary>A time for a person.</summary>
    public static string Time(double nanoseconds) => nanoseconds switch
    {
        < 1e6 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0.#} us"),
        < 1e9 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.##} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e9:0.##} s"),
    };

    /// <summary>A size for a person.</summary>
    public static string Bytes(double bytes) => bytes switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes:0} B"),
        < 10 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024:0.#} KiB"),
        < 10L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):0.#} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 30):0.#} GiB"),
    };

    private static (ScaleObjectiveKind Kind, string Name, Measure Measure, bool IsLeast, string Meaning) Of(ScaleObjectiveKind kind) => All.First(word => word.Kind == kind);
}
