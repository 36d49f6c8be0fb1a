using System.Diagnostics;
using System.Globalization;
using System.Text;
using Actors.Cluster;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>Formats of a run's trace.</summary>
internal enum TraceFileFormat
{
    /// <summary>For people, and <c>grep</c>.</summary>
    Text,

    /// <summary>JSON lines, with times: for programs.</summary>
    Json,
}

/// <summary>From steps to lines.</summary>
internal interface ITraceLines
{
    /// <summary>Adds a step's line.</summary>
    void Append(in TimedStep step);

    /// <summary>Adds a line that says how many steps are missing.</summary>
    void AppendMissing(long steps);
}

/// <summary>Lines as <see cref="TraceFormat"/> has them, with a blank one between exits.</summary>
internal sealed class TextTraceLines : ITraceLines
{
    private readonly StringBuilder _text;
    private PathStep _before;
    private bool _any;

    public TextTraceLines(StringBuilder text)
    {
        _text = text;
        _text.Append(TraceFormat.Header).Append('\n');
    }

    /// <inheritdoc/>
    public void Append(in TimedStep step)
    {
        if (step.Other is not null)
            return;
        if (_any && TraceFormat.StartsGroup(step.Step, _before))
            _text.Append('\n');
        TraceFormat.Append(_text, step.Step);
        _text.Append('\n');
        (_before, _any) = (step.Step, true);
    }

    /// <inheritdoc/>
    public void AppendMissing(long steps) => _text.Append(CultureInfo.InvariantCulture, $"# {steps} steps are missing here: the output is slower than the machine\n");
}

/// <summary>Lines as <see cref="PathTraceLines"/> writes them.</summary>
internal sealed class JsonTraceLines(StringBuilder text, string name, long begun) : ITraceLines
{
    private readonly PathTraceLines _lines = new(new StringWriter(text, CultureInfo.InvariantCulture), name);

    /// <inheritdoc/>
    public void Append(in TimedStep step)
    {
        var ticks = Stopwatch.GetElapsedTime(begun, step.Stamp).Ticks;
        if (step.Other is { } other)
            _lines.Write(ticks, other);
        else
            _lines.Write(ticks, step.Step);
    }

    /// <inheritdoc/>
    public void AppendMissing(long steps) => _lines.WriteMissing(steps);
}
