using System.Globalization;
using System.Text;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>Pictures of a recording, drawn by what <c>actors trace</c> draws with.</summary>
public sealed partial class Recording
{
    /// <summary>Draws it: who told whom what, hop by hop, with the names that ACRN and Linux give it. Faults are marked where they struck.</summary>
    /// <param name="kind">How.</param>
    /// <param name="exit">Only this exit and what came of it; null: all.</param>
    /// <param name="from">Sequence of the first event that is wanted.</param>
    /// <param name="to">Sequence of the last event that is wanted.</param>
    /// <returns>The picture, lines ended by a line feed. A chart in text has 120 columns, or what its lanes need.</returns>
    /// <exception cref="ArgumentException">There is no such kind.</exception>
    /// <exception cref="InvalidOperationException">Nothing is chosen, or more than a picture can show; the sentence says which.</exception>
    public string Render(PictureKind kind, IoExitEvent? exit = null, long from = 0, long to = long.MaxValue)
    {
        if (!Enum.IsDefined(kind))
            throw new ArgumentException($"There is no picture of kind {kind}.", nameof(kind));
        var reading = Read(exit, from, to);
        if (reading.Recording.Events.Length > TraceFile.MaxEvents)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"A picture shows at most {TraceFile.MaxEvents} events and {reading.Recording.Events.Length} are chosen: choose less, by an exit or by from and to."));
        }

        var chart = Chart.Of(reading);
        var picture = new StringWriter(CultureInfo.InvariantCulture);
        Picture.Write(picture, chart, kind, Picture.WidthFor(chart));
        return picture.ToString();
    }

    /// <summary>
    /// Draws it into a file, or writes it as a trace file: <c>.txt</c> a chart in text, <c>.mmd</c> Mermaid, <c>.html</c> a page, <c>.json</c> Perfetto's trace events, <c>.jsonl</c> what
    /// <c>actors trace</c> reads. A file that is there is replaced.
    /// </summary>
    /// <param name="path">The file; its extension says what comes into it.</param>
    /// <param name="exit">Only this exit and what came of it; null: all.</param>
    /// <param name="from">Sequence of the first event that is wanted.</param>
    /// <param name="to">Sequence of the last event that is wanted.</param>
    /// <exception cref="ArgumentException">The extension says nothing.</exception>
    /// <exception cref="InvalidOperationException">Nothing is chosen, or more than a picture can show; the sentence says which.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void SaveAs(string path, IoExitEvent? exit = null, long from = 0, long to = long.MaxValue)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PictureKind? kind = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".txt" => PictureKind.Terminal,
            ".mmd" => PictureKind.Mermaid,
            ".html" => PictureKind.Html,
            ".json" => PictureKind.Perfetto,
            ".jsonl" => null,
            _ => throw new ArgumentException($"'{path}' names no kind of picture: end it in .txt, .mmd, .html or .json (Perfetto), or in .jsonl for a trace file.", nameof(path)),
        };
        if (kind is { } picture)
        {
            File.WriteAllText(path, Render(picture, exit, from, to));
            return;
        }

        var reading = Read(exit, from, to);
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false));
        HopReading.Write(file, reading);
    }

    private TraceReading Read(IoExitEvent? exit, long from, long to)
    {
        IReadOnlyList<HopEvent> events;
        long dropped;
        lock (_gate)
            (events, dropped) = (After(0), _dropped);
        if (exit is not null)
        {
            // Numbers of requests begin anew with each epoch of a vCPU.
            from = Math.Max(from, exit.Sequence);
            var next = events.OfType<IoExitEvent>().FirstOrDefault(other => other.Sequence > exit.Sequence && other.Vcpu == exit.Vcpu && other.Request == exit.Request);
            to = next is null ? to : Math.Min(to, next.Sequence - 1);
        }

        var reading = HopReading.Of(events, _origin, dropped, new TraceSelection(exit?.Vm.Value, exit?.Request, vcpu: exit?.Vcpu), from, to);
        return reading.Recording.Events.IsEmpty ? throw new InvalidOperationException("The recording has nothing of what is chosen.") : reading;
    }
}
