using System.Collections.Immutable;
using System.Globalization;

namespace Actors.Simulation;

/// <summary>A sequence chart of a trace: what all pictures are drawn from.</summary>
internal sealed class Chart
{
    private Chart(string title, string source, ChartLanes lanes, List<ChartRow> rows, ImmutableArray<FaultRule> rules, ImmutableArray<string> notices)
    {
        Title = title;
        IsVirtual = source == "world";
        HasTimes = source != TraceHeader.Text;
        AllLanes = lanes;
        Rows = rows;
        Rules = rules;
        Notices = notices;
        var used = new bool[lanes.All.Count];
        foreach (var row in rows)
        {
            if (row.Lane >= 0)
                used[row.Lane] = true;
            if (row.From >= 0)
                used[row.From] = true;
        }

        Columns = [.. Enumerable.Range(0, used.Length).Where(lane => used[lane])];
    }

    /// <summary>What it is of.</summary>
    public string Title { get; }

    /// <summary>Whether times are a world's.</summary>
    public bool IsVirtual { get; }

    /// <summary>Whether there are times; else numbers stand for them.</summary>
    public bool HasTimes { get; }

    /// <summary>All lanes.</summary>
    public ChartLanes AllLanes { get; }

    /// <summary>Lanes on which something happens, in order.</summary>
    public ImmutableArray<int> Columns { get; }

    /// <summary>The rows.</summary>
    public List<ChartRow> Rows { get; }

    /// <summary>The plan's rules.</summary>
    public ImmutableArray<FaultRule> Rules { get; }

    /// <summary>What whoever looks at it must know.</summary>
    public ImmutableArray<string> Notices { get; }

    /// <summary>Makes the chart of what was read.</summary>
    public static Chart Of(TraceReading reading)
    {
        var (header, recording) = (reading.Header, reading.Recording);
        var lanes = new ChartLanes(recording);
        var rows = ChartBuilder.Rows(recording, header.Rules, lanes, reading.Violations);
        var notices = ImmutableArray.CreateBuilder<string>();
        if (reading.Missing > 0)
            notices.Add(string.Create(CultureInfo.InvariantCulture, $"{reading.Missing} events are missing in the trace: more came than could be kept"));
        if (reading.IsCut)
            notices.Add("the trace ends in the middle of a line: its writer was stopped");
        var title = header.Seed is { } seed ? string.Create(CultureInfo.InvariantCulture, $"{header.Name}, seed {seed}") : header.Name;
        return new Chart(title, header.Source, lanes, rows, header.Rules, notices.ToImmutable());
    }

    /// <summary>A lane by its index.</summary>
    public ChartLanes.Lane Lane(int lane) => AllLanes.All[lane];

    /// <summary>A time, or what stands for it.</summary>
    public string TimeOf(Moment moment) => HasTimes ? EventText.Time(moment.Ticks) : string.Create(CultureInfo.InvariantCulture, $"{moment.Sequence}");

    /// <summary>Whether a lane's own name tells it from the others.</summary>
    public bool IsOneMachine => Columns.Select(lane => (Lane(lane).Of, Lane(lane).Node)).Where(group => group.Of != "node").Distinct().Count() <= 1;

    /// <summary>Whose a lane is: <c>vm-1</c>, or <c>node 0, vm-1</c>.</summary>
    public string OwnerOf(int lane) => Lane(lane) is { Node: { } node } one ? one.Of == "node" ? node : $"{node}, {one.Of}" : Lane(lane).Of;

    /// <summary>Characters that no picture's text may have become spaces, and what is too long is cut.</summary>
    public static string Clean(string text, int most)
    {
        var cut = text.Length > most ? string.Concat(text.AsSpan(0, most - 1), "…") : text;
        return cut.Any(IsUnfit) ? string.Concat(cut.Select(letter => IsUnfit(letter) ? ' ' : letter)) : cut;
    }

    /// <summary>Controls, marks that turn the direction of a text, halves of a character.</summary>
    private static bool IsUnfit(char letter) =>
        char.IsControl(letter) || char.IsSurrogate(letter) || CharUnicodeInfo.GetUnicodeCategory(letter) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
