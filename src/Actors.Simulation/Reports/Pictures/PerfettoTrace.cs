using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Actors.Simulation;

/// <summary>
/// Writes a chart in Chrome's trace event format, which Perfetto and <c>chrome://tracing</c> open: a process for each machine (on each node), a thread for each lane, a slice for each row and a flow for each arrow.
/// A slice lasts until what it led to goes on elsewhere. Rows of the same moment are 1 ns apart, so that their order is kept.
/// </summary>
internal static class PerfettoTrace
{
    private const double Nanosecond = 0.001;
    private const int MaxText = 256;

    /// <summary>Writes the file.</summary>
    public static void Write(TextWriter output, Chart chart)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ns");
        json.WriteStartObject("otherData");
        json.WriteString("title", Chart.Clean(chart.Title, MaxText));
        json.WriteString("clock", chart.IsVirtual ? "virtual" : "real");
        for (var i = 0; i < chart.Notices.Length; i++)
            json.WriteString(string.Create(CultureInfo.InvariantCulture, $"notice{i}"), chart.Notices[i]);
        json.WriteEndObject();
        json.WriteStartArray("traceEvents");
        var processes = Names(json, chart);
        Rows(json, chart, processes, () => Pass(json, bytes, output));
        json.WriteEndArray();
        json.WriteEndObject();
        Pass(json, bytes, output);
    }

    /// <summary>Gives on what was written, so that no more than a row is held.</summary>
    private static void Pass(Utf8JsonWriter json, ArrayBufferWriter<byte> bytes, TextWriter output)
    {
        json.Flush();
        output.Write(Encoding.UTF8.GetString(bytes.WrittenSpan));
        bytes.Clear();
    }

    /// <summary>Says what processes and threads are called; the process of each lane.</summary>
    private static int[] Names(Utf8JsonWriter json, Chart chart)
    {
        var processes = new int[chart.AllLanes.All.Count];
        var known = new List<string>();
        foreach (var lane in chart.Columns)
        {
            var owner = chart.OwnerOf(lane);
            var process = known.IndexOf(owner) + 1;
            if (process == 0)
            {
                known.Add(owner);
                process = known.Count;
                Metadata(json, "process_name", process, 0, owner);
                Sort(json, "process_sort_index", process, 0, process);
            }

            processes[lane] = process;
            Metadata(json, "thread_name", process, lane + 1, chart.Lane(lane).Name);
            Sort(json, "thread_sort_index", process, lane + 1, lane + 1);
        }

        return processes;
    }

    private static void Rows(Utf8JsonWriter json, Chart chart, int[] processes, Action pass)
    {
        var times = Times(chart);
        var ends = Ends(chart, times);
        for (var i = 0; i < chart.Rows.Count; i++)
        {
            var row = chart.Rows[i];
            if (row.Kind == ChartRowKind.Take && row.Lane >= 0)
                Slice(json, row, processes[row.Lane], times[i], ends[i] - times[i]);
            else if (row.Kind == ChartRowKind.Lost && row.From >= 0)
                Instant(json, row, processes[row.From], row.From + 1, times[i]);
            else
                Instant(json, row, row.Lane < 0 ? 0 : processes[row.Lane], row.Lane + 1, times[i]);

            if (row is { Kind: ChartRowKind.Take, Origin: >= 0, Lane: >= 0 } && chart.Rows[row.Origin] is { Kind: ChartRowKind.Take, Lane: >= 0 } origin && origin.Lane != row.Lane)
            {
                Flow(json, "s", i, row, processes[origin.Lane], origin.Lane + 1, Math.Min(times[i] - Nanosecond, Math.Max(times[row.Origin], ends[row.Origin] - Nanosecond)));
                Flow(json, "f", i, row, processes[row.Lane], row.Lane + 1, times[i]);
            }

            pass();
        }
    }

    /// <summary>Microseconds, each later than the one before.</summary>
    private static double[] Times(Chart chart)
    {
        var times = new double[chart.Rows.Count];
        for (var i = 0; i < times.Length; i++)
        {
            var time = chart.Rows[i].Moment.Ticks / 10.0;
            times[i] = Math.Round(i > 0 ? Math.Max(time, times[i - 1] + Nanosecond) : time, 3);
        }

        return times;
    }

    /// <summary>When slices end: with their last step, or when it goes on elsewhere; but not after the lane's next begins.</summary>
    private static double[] Ends(Chart chart, double[] times)
    {
        var ends = new double[times.Length];
        var wentOn = new double[times.Length];
        var next = new Dictionary<int, double>();
        for (var i = times.Length - 1; i >= 0; i--)
        {
            var row = chart.Rows[i];
            var end = Math.Max(Math.Max(wentOn[i], row.Until / 10.0), times[i] + Nanosecond);
            if (row.Kind == ChartRowKind.Take && next.TryGetValue(row.Lane, out var following))
                end = Math.Min(end, following);
            ends[i] = Math.Round(end, 3);
            if (row.Kind == ChartRowKind.Take)
                next[row.Lane] = times[i];
            if (row.Origin >= 0)
                wentOn[row.Origin] = times[i];
        }

        return ends;
    }

    private static void Metadata(Utf8JsonWriter json, string name, int process, int thread, string value)
    {
        Begin(json, "M", name, process, thread);
        json.WriteStartObject("args");
        json.WriteString("name", Chart.Clean(value, MaxText));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Sort(Utf8JsonWriter json, string name, int process, int thread, int value)
    {
        Begin(json, "M", name, process, thread);
        json.WriteStartObject("args");
        json.WriteNumber("sort_index", value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Slice(Utf8JsonWriter json, ChartRow row, int process, double time, double length)
    {
        Begin(json, "X", row.Text, process, row.Lane + 1);
        json.WriteString("cat", row.Style ?? "hop");
        json.WriteNumber("ts", time);
        json.WriteNumber("dur", Math.Round(length, 3));
        Arguments(json, row);
        json.WriteEndObject();
    }

    private static void Instant(Utf8JsonWriter json, ChartRow row, int process, int thread, double time)
    {
        Begin(json, "i", row.Kind is ChartRowKind.Lost ? $"lost: {row.Text}" : row.Text, process, thread);
        json.WriteString("cat", row.Kind.ToString().ToLowerInvariant());
        json.WriteString("s", process == 0 ? "g" : "t");
        json.WriteNumber("ts", time);
        Arguments(json, row);
        json.WriteEndObject();
    }

    private static void Flow(Utf8JsonWriter json, string phase, int id, ChartRow row, int process, int thread, double time)
    {
        Begin(json, phase, row.Site ?? "message", process, thread);
        json.WriteString("cat", "flow");
        json.WriteNumber("id", id + 1);
        json.WriteNumber("ts", Math.Round(time, 3));
        if (phase == "f")
            json.WriteString("bp", "e");
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, string phase, string name, int process, int thread)
    {
        json.WriteStartObject();
        json.WriteString("ph", phase);
        json.WriteString("name", Chart.Clean(name, MaxText));
        json.WriteNumber("pid", process);
        json.WriteNumber("tid", thread);
    }

    private static void Arguments(Utf8JsonWriter json, ChartRow row)
    {
        json.WriteStartObject("args");
        json.WriteNumber("event", row.Moment.Sequence);
        json.WriteNumber("ticks", row.Moment.Ticks);
        if (row.Site is not null)
            json.WriteString("site", Chart.Clean(row.Site, MaxText));
        if (row.Function is not null)
            json.WriteString("function", row.Function);
        if (row.Notes is { } notes)
        {
            json.WriteStartArray("steps");
            foreach (var note in notes)
                json.WriteStringValue(Chart.Clean(note.Function is null ? note.Text : $"{note.Text}: {note.Function}", MaxText));
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
