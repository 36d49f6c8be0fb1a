namespace Actors.Simulation;

/// <summary>
/// Marks the rows that led to a violation: back from it from message to message, the faults and what led to them, what they took or held, and the turns in actors' lives.
/// Where nothing in particular led to it (what was promised didn't happen), the last that each actor did.
/// </summary>
internal static class CausalSlice
{
    private const int MessagesBeforeViolation = 24;
    private const int MessagesBeforeFault = 6;
    private const int MessagesBeforeEnd = 3;
    private const int MaxFaults = 12;
    private const int MaxSigns = 24;

    public static void Mark(List<ChartRow> rows)
    {
        var violation = rows.FindIndex(row => row.Kind == ChartRowKind.Violation);
        rows[violation].IsInSlice = true;
        Back(rows, rows[violation].Origin, MessagesBeforeViolation);
        MarkSigns(rows, MaxFaults, row => row.Kind is ChartRowKind.Fault);
        MarkSigns(rows, MaxSigns, row => row.Kind is ChartRowKind.Lost || row.Style is "late" or "twice");
        MarkSigns(rows, MaxSigns, row => row.Kind is ChartRowKind.Life or ChartRowKind.Heal);
        foreach (var row in rows)
        {
            if (row.Kind == ChartRowKind.Phase && row.Text.StartsWith("all", StringComparison.Ordinal))
                row.IsInSlice = true;
        }

        if (rows[violation].Origin < 0)
            MarkLast(rows, violation);
        foreach (var row in rows)
        {
            // What a step in the slice gave to a backend, or got.
            if (row is { Kind: ChartRowKind.Take, Origin: >= 0 } && rows[row.Origin].IsInSlice && rows[row.Origin].Moment.Sequence == row.Moment.Cause)
                row.IsInSlice = true;
        }
    }

    /// <summary>Marks the last few rows of a kind, with what led to each.</summary>
    private static void MarkSigns(List<ChartRow> rows, int most, Predicate<ChartRow> isOne)
    {
        for (var i = rows.Count - 1; i >= 0 && most > 0; i--)
        {
            if (!isOne(rows[i]))
                continue;
            rows[i].IsInSlice = true;
            Back(rows, rows[i].Origin, MessagesBeforeFault);
            most--;
        }
    }

    private static void MarkLast(List<ChartRow> rows, int end)
    {
        var seen = new HashSet<int>();
        for (var i = end - 1; i >= 0; i--)
        {
            if (rows[i].Kind == ChartRowKind.Take && seen.Add(rows[i].Lane))
                Back(rows, i, MessagesBeforeEnd);
        }
    }

    private static void Back(List<ChartRow> rows, int from, int most)
    {
        for (var i = from; i >= 0 && most > 0; i = rows[i].Origin, most--)
            rows[i].IsInSlice = true;
    }
}
