using Actors.Simulation;
using Spectre.Console;

namespace Actors.Cli;

/// <summary>Writes a picture to a file or to standard output.</summary>
internal static class PictureWriter
{
    /// <summary>Widest chart in text.</summary>
    public const int MaxWidth = 500;

    /// <summary>Writes it; null, or what is wrong.</summary>
    public static Mistake? Write(Chart chart, PictureKind kind, string? file, TextWriter output, int width)
    {
        var isTerminal = kind == PictureKind.Terminal && file is null && !Console.IsOutputRedirected && ReferenceEquals(output, Console.Out);
        if (width == 0)
            width = isTerminal ? Math.Clamp(Console.WindowWidth, TerminalChart.MinWidth, MaxWidth) : Picture.PlainWidth;
        if (kind == PictureKind.Terminal && chart.Columns.Length > TerminalChart.MaxLanes(width))
            return new Mistake($"the chart has {chart.Columns.Length} lanes, {width} columns have room for {TerminalChart.MaxLanes(width)}: choose --vm, --exit, a wider --width, or --as html");
        if (file is null)
        {
            WriteTo(output, chart, kind, width, isTerminal);
            output.Flush();
            return null;
        }

        OutputFile.Write(file, writer => WriteTo(writer, chart, kind, width, false));
        return null;
    }

    private static void WriteTo(TextWriter output, Chart chart, PictureKind kind, int width, bool isTerminal)
    {
        if (kind != PictureKind.Terminal || !isTerminal)
        {
            Picture.Write(output, chart, kind, width);
            return;
        }

        // Colours only where somebody sees them; Spectre knows what the terminal can, and NO_COLOR.
        var console = AnsiConsole.Console;
        foreach (var line in TerminalChart.Lines(chart, width))
        {
            foreach (var (text, ink) in line.Pieces)
                console.Write(text, StyleOf(ink));
            console.WriteLine();
        }
    }

    private static Style StyleOf(ChartInk ink) => ink switch
    {
        ChartInk.Strong => new Style(decoration: Decoration.Bold),
        ChartInk.Faint => new Style(Color.Grey),
        ChartInk.Arrow => new Style(Color.DodgerBlue1),
        ChartInk.Warning => new Style(Color.Orange1),
        ChartInk.Bad => new Style(Color.Red),
        ChartInk.Good => new Style(Color.Green),
        _ => Style.Plain,
    };
}
