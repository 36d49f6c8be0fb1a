namespace Actors.Simulation;

/// <summary>
/// Draws a chart in lines of text of a given width: time, a column for each lane, and on the right what happened. Lanes move together where there is little room; their names stand one above the other.
/// </summary>
internal sealed class TerminalChart
{
    /// <summary>Narrowest terminal that is drawn for.</summary>
    public const int MinWidth = 40;

    private const int TimeWidth = 11;
    private const int MinLane = 3;
    private const int MaxLane = 12;
    private const int WantedLabel = 38;
    private const int MinLabel = 16;

    private readonly Chart _chart;
    private readonly int _width;
    private readonly int _lane;
    private readonly int[] _column;
    private long _time = -1;

    private TerminalChart(Chart chart, int width)
    {
        _chart = chart;
        _width = width;
        _lane = Math.Clamp((width - TimeWidth - WantedLabel) / Math.Max(1, chart.Columns.Length), MinLane, MaxLane);
        _column = new int[chart.AllLanes.All.Count];
        Array.Fill(_column, -1);
        for (var i = 0; i < chart.Columns.Length; i++)
            _column[chart.Columns[i]] = i;
    }

    private int LanesWidth => ((_chart.Columns.Length - 1) * _lane) + 2;

    private int LabelWidth => _width - TimeWidth - LanesWidth - 1;

    /// <summary>Lanes that there is room for.</summary>
    public static int MaxLanes(int width) => ((width - TimeWidth - MinLabel - 3) / MinLane) + 1;

    /// <summary>The lines. The chart must not have more than <see cref="MaxLanes"/>.</summary>
    public static IEnumerable<ChartLine> Lines(Chart chart, int width)
    {
        var terminal = new TerminalChart(chart, width);
        return terminal.Head().Concat(chart.Rows.SelectMany(terminal.Row));
    }

    private IEnumerable<ChartLine> Head()
    {
        for (var i = 0; i < _chart.Columns.Length; i++)
        {
            var lane = _chart.Columns[i];
            var line = new ChartLine();
            line.Add(new string(' ', TimeWidth), ChartInk.Faint);
            line.Add(string.Concat(Enumerable.Repeat("│".PadRight(_lane), i)), ChartInk.Faint);
            line.Add(Cut(_chart.Lane(lane).Name, _width - TimeWidth - (i * _lane)), ChartInk.Strong);
            if (!_chart.IsOneMachine)
                line.Add(Cut($"  {_chart.OwnerOf(lane)}", _width - line.Length), ChartInk.Faint);
            yield return line;
        }
    }

    private IEnumerable<ChartLine> Row(ChartRow row)
    {
        var line = new ChartLine();
        var time = _time == row.Moment.Ticks ? string.Empty : _chart.TimeOf(row.Moment);
        _time = row.Moment.Ticks;
        line.Add(time.PadLeft(TimeWidth - 1) + " ", ChartInk.Faint);
        switch (row.Kind)
        {
            case ChartRowKind.Take or ChartRowKind.Lost when row.Lane >= 0:
                Arrow(line, row);
                break;
            case ChartRowKind.Phase or ChartRowKind.Violation:
                line.Add(Cut(row.Kind == ChartRowKind.Violation ? $"VIOLATED {row.Text}" : $"── {row.Text} ──", _width - TimeWidth), row.Kind == ChartRowKind.Violation ? ChartInk.Bad : ChartInk.Faint);
                break;
            default:
                var (sign, ink) = SignOf(row);
                Lanes(line, row.Lane, sign, ink);
                Label(line, row.Text, null, ink);
                break;
        }

        yield return line;
        foreach (var note in row.Notes ?? [])
        {
            var more = new ChartLine();
            more.Add(new string(' ', TimeWidth), ChartInk.Faint);
            Lanes(more, row.Lane, '·', ChartInk.Plain);
            Label(more, "  " + note.Text, note.Function, ChartInk.Plain);
            yield return more;
        }
    }

    private static (char Sign, ChartInk Ink) SignOf(ChartRow row) => row.Kind switch
    {
        ChartRowKind.Fault => ('!', ChartInk.Warning),
        ChartRowKind.Life when row.Style == "crash" => ('X', ChartInk.Bad),
        ChartRowKind.Life or ChartRowKind.Heal => ('+', ChartInk.Good),
        _ => ('o', ChartInk.Plain),
    };

    private void Arrow(ChartLine line, ChartRow row)
    {
        var to = _column[row.Lane];
        var from = row.From < 0 ? to : _column[row.From];
        var ink = row.Kind == ChartRowKind.Lost ? ChartInk.Bad : row.Style is "late" or "twice" ? ChartInk.Warning : ChartInk.Arrow;
        if (from == to)
        {
            Lanes(line, row.Lane, row.Kind == ChartRowKind.Lost ? 'x' : '●', ink);
        }
        else
        {
            var (left, right) = (Math.Min(from, to) * _lane, Math.Max(from, to) * _lane);
            var body = Enumerable.Repeat(row.Kind == ChartRowKind.Lost ? '╌' : row.Style == "twice" ? '═' : row.Style == "late" ? '┄' : '─', right - left + 1).ToArray();
            body[from < to ? 0 : ^1] = from < to ? '├' : '┤';
            body[from < to ? ^1 : 0] = '│';
            if (row.Kind == ChartRowKind.Lost)
                body[body.Length / 2] = 'x';
            else
                body[from < to ? ^2 : 1] = from < to ? '►' : '◄';
            var bars = Bars();
            line.Add(bars[..left], ChartInk.Faint);
            line.Add(new string(body), ink);
            line.Add(bars[(right + 1)..], ChartInk.Faint);
        }

        var text = row.Kind == ChartRowKind.Lost ? $"{row.Text} lost" : row.Style is { } style ? $"{row.Text} ({style})" : row.Text;
        Label(line, text, row.Function, row.Kind == ChartRowKind.Take && row.Style is null ? ChartInk.Plain : ink);
    }

    /// <summary>All lanes' bars with a sign on one.</summary>
    private void Lanes(ChartLine line, int lane, char sign, ChartInk ink)
    {
        var bars = Bars();
        if (lane < 0 || _column[lane] is not (>= 0 and var column))
        {
            line.Add(bars, ChartInk.Faint);
            return;
        }

        line.Add(bars[..(column * _lane)], ChartInk.Faint);
        line.Add(sign.ToString(), ink);
        line.Add(bars[((column * _lane) + 1)..], ChartInk.Faint);
    }

    private string Bars() => string.Concat(Enumerable.Repeat("│".PadRight(_lane), Math.Max(0, _chart.Columns.Length - 1))) + "│ ";

    /// <summary>What happened, and what that is in ACRN or Linux where there is room.</summary>
    private void Label(ChartLine line, string text, string? function, ChartInk ink)
    {
        var shown = Cut(text, LabelWidth);
        line.Add(shown, ink);
        var rest = LabelWidth - shown.Length - 2;
        if (function is not null && rest >= MinLabel)
            line.Add("  " + Cut(function, rest), ChartInk.Faint);
    }

    private static string Cut(string text, int most) => most <= 0 ? string.Empty : Chart.Clean(text, most);
}

/// <summary>A line of a chart, in pieces of one colour.</summary>
internal sealed class ChartLine
{
    private readonly List<(string Text, ChartInk Ink)> _pieces = [];

    /// <summary>The pieces.</summary>
    public IReadOnlyList<(string Text, ChartInk Ink)> Pieces => _pieces;

    /// <summary>Characters.</summary>
    public int Length { get; private set; }

    /// <summary>Adds a piece.</summary>
    public void Add(string text, ChartInk ink)
    {
        _pieces.Add((text, ink));
        Length += text.Length;
    }

    /// <summary>Without colours, and without blanks at the end.</summary>
    public override string ToString() => string.Concat(_pieces.Select(piece => piece.Text)).TrimEnd();
}

/// <summary>What a piece of a line is, for whoever has colours.</summary>
internal enum ChartInk : byte
{
    /// <summary>Text.</summary>
    Plain,

    /// <summary>Names of lanes.</summary>
    Strong,

    /// <summary>Lanes, times, functions.</summary>
    Faint,

    /// <summary>An arrow.</summary>
    Arrow,

    /// <summary>What is late, twice, or a fault.</summary>
    Warning,

    /// <summary>What is lost or violated.</summary>
    Bad,

    /// <summary>What came back.</summary>
    Good,
}
