using System.Text;
using System.Text.Json;

namespace Actors.Simulation;

/// <summary>The data of a failure's charts, as JSON that may stand in a script element: its writer escapes what would end one.</summary>
internal static class ChartJson
{
    /// <summary>Rows of the whole run that go into a page; beyond them only those of the slice do.</summary>
    public const int MaxRows = 8000;

    /// <summary>Notes of a row that go into a page.</summary>
    private const int MaxNotes = 12;

    public static string Of(FailureReportInput input, TraceRecording trace)
    {
        var lanes = new ChartLanes(trace);
        var plan = input.Run.Request.Plan;
        var rows = ChartBuilder.Rows(trace, plan.Faults, lanes, [input.Violation]);
        CausalSlice.Mark(rows);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("ticks", Math.Max(input.Run.Virtual.Ticks, rows.Count == 0 ? 0 : rows[^1].Moment.Ticks));
            json.WriteNumber("steps", Math.Max(input.Run.Steps, rows.Count == 0 ? 0 : rows[^1].Moment.Step));
            json.WriteNumber("healed", input.Run.HealedAt.Ticks);
            json.WriteStartObject("violation");
            json.WriteString("o", input.Violation.Oracle);
            json.WriteNumber("t", input.Violation.Moment.Ticks);
            json.WriteNumber("s", input.Violation.Moment.Step);
            json.WriteEndObject();
            Lanes(json, lanes);
            Rules(json, plan);
            Rows(json, rows);
            Strips(json, new StateStrips(trace));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    /// <summary>The data of a chart without a failure.</summary>
    public static string Of(Chart chart)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteBoolean("timed", chart.HasTimes);
            Lanes(json, chart.AllLanes);
            Rows(json, chart.Rows);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    private static void Lanes(Utf8JsonWriter json, ChartLanes lanes)
    {
        json.WriteStartArray("lanes");
        foreach (var lane in lanes.All)
        {
            json.WriteStartObject();
            json.WriteString("name", lane.Name);
            json.WriteString("of", lane.Of);
            if (lane.Node is not null)
                json.WriteString("node", lane.Node);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Rules(Utf8JsonWriter json, Plan plan)
    {
        json.WriteStartArray("rules");
        foreach (var rule in plan.Faults)
        {
            json.WriteStartObject();
            json.WriteString("id", rule.Id);
            json.WriteString("row", rule.Row);
            json.WriteString("do", rule.Do);
            json.WriteString("site", rule.Site);
            json.WriteNumber("from", rule.From.Ticks);

            // JavaScript's whole numbers end earlier.
            json.WriteNumber("until", Math.Min(rule.Until.Ticks, 1L << 52));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Rows(Utf8JsonWriter json, List<ChartRow> rows)
    {
        var places = new int[rows.Count];
        var count = 0;
        for (var i = 0; i < rows.Count; i++)
            places[i] = rows[i].IsInSlice || i < MaxRows / 4 || i >= rows.Count - (MaxRows * 3 / 4) ? count++ : -1;
        json.WriteStartArray("rows");
        for (var i = 0; i < rows.Count; i++)
        {
            if (places[i] >= 0)
                Row(json, rows[i], rows[i].Origin < 0 ? -1 : places[rows[i].Origin]);
        }

        json.WriteEndArray();
    }

    private static void Row(Utf8JsonWriter json, ChartRow row, int origin)
    {
        json.WriteStartObject();
        json.WriteString("k", row.Kind switch
        {
            ChartRowKind.Take => "take",
            ChartRowKind.Lost => "lost",
            ChartRowKind.Fault => "fault",
            ChartRowKind.Heal => "heal",
            ChartRowKind.Life => "life",
            ChartRowKind.Outside => "outside",
            ChartRowKind.Phase => "phase",
            _ => "violation",
        });
        json.WriteNumber("t", row.Moment.Ticks);
        json.WriteNumber("s", row.Moment.Step);
        json.WriteNumber("q", row.Moment.Sequence);
        json.WriteNumber("l", row.Lane);
        json.WriteString("x", row.Text);
        json.WriteNumber("f", row.From);
        json.WriteNumber("o", origin);
        if (row.Site is not null)
            json.WriteString("h", row.Site);
        if (row.Function is not null)
            json.WriteString("a", row.Function);
        if (row.Style is not null)
            json.WriteString("st", row.Style);
        if (row.Rule >= 0)
            json.WriteNumber("r", row.Rule);
        if (row.IsInSlice)
            json.WriteNumber("c", 1);
        if (row.Notes is { } notes)
        {
            json.WriteStartArray("n");
            foreach (var note in notes.Take(MaxNotes))
                json.WriteStringValue(note.Text);
            json.WriteEndArray();
            json.WriteStartArray("na");
            foreach (var note in notes.Take(MaxNotes))
                json.WriteStringValue(note.Function ?? string.Empty);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Strips(Utf8JsonWriter json, StateStrips strips)
    {
        Named(json, "slots", strips.Slots);
        Named(json, "epochs", strips.Epochs);
        json.WriteStartArray("rings");
        foreach (var ring in strips.Rings)
        {
            json.WriteStartObject();
            json.WriteString("name", ring.Name);
            Points(json, "avail", ring.Available);
            Points(json, "used", ring.Used);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Named(Utf8JsonWriter json, string key, IEnumerable<(string Name, List<StatePoint> Points)> strips)
    {
        json.WriteStartArray(key);
        foreach (var (name, points) in strips)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            Points(json, "seg", points);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Points(Utf8JsonWriter json, string key, List<StatePoint> points)
    {
        json.WriteStartArray(key);
        foreach (var point in points)
        {
            json.WriteStartArray();
            json.WriteNumberValue(point.Step);
            json.WriteNumberValue(point.Ticks);
            json.WriteNumberValue(point.Value);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
