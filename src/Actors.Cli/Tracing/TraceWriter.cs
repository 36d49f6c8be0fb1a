using System.Text;
using Actors.Cluster;

namespace Actors.Cli;

/// <summary>Writes the steps of a run, in the order they came, as lines of one of two formats. Where steps are missing, a line says how many.</summary>
internal sealed class TraceWriter : PathQueue
{
    private readonly TextWriter _output;
    private readonly StringBuilder _text = new();
    private readonly ITraceLines _lines;

    /// <summary>Writes to <paramref name="output"/>, which stays the caller's.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="format">How.</param>
    /// <param name="name">What runs, for formats that say it.</param>
    public TraceWriter(TextWriter output, TraceFileFormat format = TraceFileFormat.Text, string name = "run")
        : base("actors-trace")
    {
        _output = output;
        _lines = format == TraceFileFormat.Json ? new JsonTraceLines(_text, name, Begun) : new TextTraceLines(_text);
        Start();
    }

    /// <summary>Steps that aren't in the trace. Final after <see cref="PathQueue.Dispose"/>.</summary>
    public long Lost { get; private set; }

    /// <summary>Why the output stopped taking lines, or null.</summary>
    public Exception? Problem { get; private set; }

    /// <inheritdoc/>
    protected override void Take(ReadOnlySpan<TimedStep> steps, long missing)
    {
        foreach (ref readonly var step in steps)
            _lines.Append(step);
        if (missing > 0)
            _lines.AppendMissing(missing);
        Lost += missing + (Flush() ? 0 : steps.Length);
    }

    private bool Flush()
    {
        if (Problem is null)
        {
            try
            {
                lock (_output)
                {
                    foreach (var chunk in _text.GetChunks())
                        _output.Write(chunk.Span);
                    _output.Flush();
                }
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                Problem = cause;
            }
        }

        _text.Clear();
        return Problem is null;
    }
}
