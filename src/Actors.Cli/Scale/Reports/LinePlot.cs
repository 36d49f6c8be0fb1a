using System.Globalization;
using System.Text;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>Lines over time, as SVG.</summary>
/// <param name="title">What they are.</param>
/// <param name="label">Writes a value at the axis.</param>
/// <param name="events">Moments to mark, in seconds, and what happened.</param>
internal sealed class LinePlot(string title, Func<double, string> label, IReadOnlyList<(double Seconds, string What)> events)
{
    private const double Width = 600;
    private const double Height = 230;
    private const double Left = 74;
    private const double Right = 12;
    private const double Top = 26;
    private const double Bottom = 26;
    private const int Rows = 4;

    /// <summary>Writes the plot.</summary>
    /// <param name="html">The page.</param>
    /// <param name="series">Lines: name, a colour of the page's style, points as seconds and value.</param>
    public void Write(PageWriter html, IReadOnlyList<(string Name, string Color, IReadOnlyList<(double X, double Y)> Points)> series)
    {
        var points = series.SelectMany(one => one.Points).ToList();
        if (points.Count == 0)
            return;
        var (from, until) = (points.Min(point => point.X), points.Max(point => point.X));
        var most = NiceCeiling(points.Max(point => point.Y));
        var scale = new Scale(from, Math.Max(until, from + 1), most);
        html.Markup("<figure class=\"plot\">").Element("figcaption", title);
        html.Markup(Text($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" data-plot=\"{series.Count}\">\n"));
        Axes(html, scale);
        foreach (var (seconds, what) in events)
        {
            html.Markup(Text($"<line x1=\"{scale.X(seconds):0.#}\" x2=\"{scale.X(seconds):0.#}\" y1=\"{Top}\" y2=\"{Height - Bottom}\" stroke=\"var(--bad)\" stroke-dasharray=\"4 3\">"))
                .Element("title", Text($"{seconds:0.0} s: {what}")).Markup("</line>\n");
        }

        var legend = Left;
        foreach (var (name, color, line) in series)
        {
            html.Markup(Text($"<polyline fill=\"none\" stroke=\"var({color})\" stroke-width=\"1.8\" stroke-linejoin=\"round\" points=\"{Points(line, scale)}\"/>\n"));
            html.Markup(Text($"<rect x=\"{legend:0.#}\" y=\"6\" width=\"10\" height=\"10\" rx=\"2\" fill=\"var({color})\"/><text x=\"{legend + 15:0.#}\" y=\"15\">")).Text(name).Markup("</text>\n");
            legend += 32 + (name.Length * 6.9);
        }

        html.Markup("</svg></figure>\n");
    }

    private void Axes(PageWriter html, Scale scale)
    {
        for (var row = 0; row <= Rows; row++)
        {
            var value = scale.Most * row / Rows;
            html.Markup(Text($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{scale.Y(value):0.#}\" y2=\"{scale.Y(value):0.#}\" stroke=\"var(--line)\"/>"));
            html.Markup(Text($"<text x=\"{Left - 6}\" y=\"{scale.Y(value) + 4:0.#}\" text-anchor=\"end\">")).Text(label(value)).Markup("</text>\n");
        }

        var step = NiceCeiling((scale.Until - scale.From) / 8);
        for (var seconds = Math.Ceiling(scale.From / step) * step; seconds <= scale.Until; seconds += step)
            html.Markup(Text($"<text x=\"{scale.X(seconds):0.#}\" y=\"{Height - 8}\" text-anchor=\"middle\">{seconds:0.##} s</text>\n"));
    }

    private static string Points(IReadOnlyList<(double X, double Y)> line, Scale scale)
    {
        var text = new StringBuilder();
        foreach (var (x, y) in line)
            text.Append(CultureInfo.InvariantCulture, $"{scale.X(x):0.#},{scale.Y(y):0.#} ");
        return text.ToString().TrimEnd();
    }

    /// <summary>The next of 1, 2, 2.5, 5 times a power of ten.</summary>
    private static double NiceCeiling(double value)
    {
        if (value <= 0)
            return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        foreach (var step in (double[])[1, 2, 2.5, 5])
        {
            if (value <= step * power)
                return step * power;
        }

        return 10 * power;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Scale(double From, double Until, double Most)
    {
        public double X(double seconds) => Left + ((seconds - From) / (Until - From) * (Width - Left - Right));

        public double Y(double value) => Height - Bottom - (value / Most * (Height - Top - Bottom));
    }
}
