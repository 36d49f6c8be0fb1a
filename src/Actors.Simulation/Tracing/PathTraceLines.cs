using Actors.Cluster;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Writes what really runs as a trace file: steps of the path as they come, each with who took it and what led to it. Not for several threads.</summary>
internal sealed class PathTraceLines
{
    private readonly TraceLineWriter _lines;
    private readonly ActorNumbers _actors = new();
    private readonly PathCauses _causes = new();
    private int _sequence;

    /// <summary>Begins the file.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="name">What runs.</param>
    public PathTraceLines(TextWriter output, string name) => _lines = new TraceLineWriter(output, new TraceHeader("run", name, null, []), _actors.NameOf);

    /// <summary>Writes a step.</summary>
    /// <param name="ticks">Time since the beginning, in ticks of 100 ns.</param>
    /// <param name="step">The step.</param>
    public void Write(long ticks, in PathStep step)
    {
        var number = ++_sequence;
        var origin = _causes.Take(step, number);
        _lines.Write(new RecordedEvent(new Moment(ticks, 0, number, origin.Cause, _actors.NumberOf(PathActors.NameOf(step))), step, []));
    }

    /// <summary>Writes something else that happened: a <see cref="LifeStep"/> or a <see cref="DropStep"/>.</summary>
    public void Write(long ticks, object happened) => _lines.Write(new RecordedEvent(new Moment(ticks, 0, ++_sequence, 0, -1), happened, []));

    /// <summary>Says that steps are missing here.</summary>
    public void WriteMissing(long steps) => _lines.WriteMissing(steps);
}
