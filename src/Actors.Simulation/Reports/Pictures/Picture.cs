namespace Actors.Simulation;

/// <summary>Writes a chart as a picture of any kind, without colours.</summary>
internal static class Picture
{
    /// <summary>Columns of a chart in text where there is no terminal.</summary>
    public const int PlainWidth = 120;

    /// <summary>Writes it.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="chart">The chart.</param>
    /// <param name="kind">How.</param>
    /// <param name="width">Columns of a chart in text; there must be room for its lanes (<see cref="TerminalChart.MaxLanes"/>).</param>
    public static void Write(TextWriter output, Chart chart, PictureKind kind, int width)
    {
        switch (kind)
        {
            case PictureKind.Mermaid:
                MermaidChart.Write(output, chart);
                break;
            case PictureKind.Html:
                TracePage.Write(output, chart);
                break;
            case PictureKind.Perfetto:
                PerfettoTrace.Write(output, chart);
                break;
            default:
                foreach (var line in TerminalChart.Lines(chart, width))
                {
                    output.Write(line.ToString());
                    output.Write('\n');
                }

                break;
        }
    }

    /// <summary>Columns that a chart in text needs for its lanes, <see cref="PlainWidth"/> at least.</summary>
    public static int WidthFor(Chart chart)
    {
        var width = PlainWidth;
        while (TerminalChart.MaxLanes(width) < chart.Columns.Length)
            width++;
        return width;
    }
}
