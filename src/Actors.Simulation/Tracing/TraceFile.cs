using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Actors.Simulation;

/// <summary>
/// Reads trace files, line by line: what <c>actors run --trace</c> writes in either format, and what <c>actors chaos replay --trace</c> does. A file may be larger than memory; what is chosen of it may
/// have <see cref="MaxEvents"/> events. A file whose writer was killed is read up to there.
/// </summary>
internal static class TraceFile
{
    /// <summary>Events of one picture; and what was violated may be as much.</summary>
    public const int MaxEvents = 200_000;

    /// <summary>Characters of a line.</summary>
    public const int MaxLine = 64 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8 };

    /// <summary>Reads what is chosen.</summary>
    /// <param name="input">The file.</param>
    /// <param name="selection">What is wanted.</param>
    /// <param name="trace">What was read.</param>
    /// <param name="problem">Else, the end of a sentence that begins with the file's name.</param>
    public static bool TryRead(TextReader input, TraceSelection selection, out TraceReading? trace, out string problem)
    {
        trace = null;
        var lines = new TraceLineSource(input, MaxLine);
        if (lines.Next() is not { } first)
        {
            problem = lines.IsTooLong ? "is no trace: its first line has no end" : "is empty";
            return false;
        }

        if (PathTextReader.IsHeader(first))
            return PathTextReader.TryRead(lines, selection, out trace, out problem);
        if (!TryParse(first, out var document))
        {
            problem = "is no trace: its first line is neither JSON nor the heading of a trace (actors run --trace=FILE and actors chaos replay --trace FILE write traces)";
            return false;
        }

        TraceHeader header;
        using (document)
        {
            if (!TraceLineReader.TryHeader(document!.RootElement, out header, out problem))
                return false;
        }

        return TryRead(lines, header, selection, out trace, out problem);
    }

    /// <summary>What of a recording in memory is chosen.</summary>
    public static bool TryRead(RunResult result, TraceSelection selection, out TraceReading? trace, out string problem)
    {
        var plan = result.Request.Plan;
        var recording = result.Recording!;
        var builder = new TraceReadingBuilder(new TraceHeader("world", plan.Name, result.Request.Seed, plan.Faults), selection, actor => EventText.Actor(recording, actor));
        foreach (var recorded in recording.Events)
        {
            if (recorded.Event is not MemoryEvent { IsRefused: false, Who: not MemoryUser.Fault } && !builder.Add(recorded))
                break;
        }

        foreach (var violation in result.Violations)
            builder.Add(new RecordedEvent(violation.Moment, violation, []));
        return builder.TryBuild(recording.Actors, out trace, out problem);
    }

    private static bool TryRead(TraceLineSource lines, TraceHeader header, TraceSelection selection, out TraceReading? trace, out string problem)
    {
        trace = null;
        var actors = new ActorNumbers();
        var reader = new TraceLineReader(actors, header.Rules);
        var builder = new TraceReadingBuilder(header, selection, actors.NameOf);
        while (lines.Next() is { } line)
        {
            if (line.Length == 0)
                continue;
            if (!TryParse(line, out var document))
            {
                if (lines.IsLastCut)
                {
                    builder.IsCut = true;
                    break;
                }

                problem = $"is damaged: line {lines.Number} is no JSON";
                return false;
            }

            using (document)
            {
                builder.Missing += TraceLineReader.Missing(document!.RootElement);
                if (reader.Read(document.RootElement) is { } recorded && !builder.Add(recorded))
                    break;
            }
        }

        if (lines.IsTooLong)
        {
            problem = $"is damaged: line {lines.Number + 1} has more than {MaxLine} characters";
            return false;
        }

        return builder.TryBuild(actors.All, out trace, out problem);
    }

    private static bool TryParse(string line, out JsonDocument? document)
    {
        document = null;
        try
        {
            document = JsonDocument.Parse(line, Strict);
            return true;
        }
        catch (JsonException)
        {
            // The caller says which line it is.
            return false;
        }
    }
}

/// <summary>What was read of a trace.</summary>
/// <param name="Header">What it is.</param>
/// <param name="Recording">The events that were chosen.</param>
/// <param name="Violations">What was violated, in order.</param>
/// <param name="Missing">Events that the writer couldn't write.</param>
/// <param name="IsCut">Whether the file's end is missing.</param>
internal sealed record TraceReading(TraceHeader Header, TraceRecording Recording, ImmutableArray<Violation> Violations, long Missing, bool IsCut);

/// <summary>Collects what is chosen.</summary>
internal sealed class TraceReadingBuilder(TraceHeader header, TraceSelection selection, Func<int, string> actor)
{
    private readonly ImmutableArray<RecordedEvent>.Builder _events = ImmutableArray.CreateBuilder<RecordedEvent>();
    private readonly List<Violation> _violations = [];
    private bool _isFull;

    /// <summary>Events that the writer couldn't write.</summary>
    public long Missing { get; set; }

    /// <summary>Whether the file's end is missing.</summary>
    public bool IsCut { get; set; }

    /// <summary>Takes an event, if it is chosen. False: there are too many.</summary>
    public bool Add(in RecordedEvent recorded)
    {
        if (!selection.Takes(recorded, actor))
            return true;
        var violation = recorded.Event as Violation;
        _isFull = (violation is null ? _events.Count : _violations.Count) == TraceFile.MaxEvents;
        if (_isFull)
            return false;
        if (violation is null)
            _events.Add(recorded);
        else
            _violations.Add(violation);
        return true;
    }

    /// <summary>The result, or the end of a sentence about the file.</summary>
    public bool TryBuild(ImmutableArray<string> actors, out TraceReading? trace, out string problem)
    {
        trace = null;
        problem = _isFull ? $"has more than {TraceFile.MaxEvents} events of what is chosen, choose less with --vm, --exit, --from and --to"
            : _events.Count == 0 && _violations.Count == 0 ? "has no events of what is chosen"
            : string.Empty;
        if (problem.Length > 0)
            return false;
        trace = new TraceReading(header, new TraceRecording(_events.ToImmutable(), actors), [.. _violations.OrderBy(violation => violation.Moment.Sequence)], Missing, IsCut);
        return true;
    }
}

/// <summary>Lines of a bounded length.</summary>
internal sealed class TraceLineSource(TextReader input, int max)
{
    private readonly char[] _buffer = new char[16 * 1024];
    private readonly StringBuilder _line = new();
    private int _at;
    private int _length;

    /// <summary>Number of the line that was given last, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Whether the last line has no end.</summary>
    public bool IsLastCut { get; private set; }

    /// <summary>Whether a line was longer than may be.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The next line, or null at the end.</summary>
    public string? Next()
    {
        _line.Clear();
        while (true)
        {
            if (_at == _length)
            {
                _length = input.Read(_buffer, 0, _buffer.Length);
                _at = 0;
                if (_length <= 0)
                {
                    _length = 0;
                    if (_line.Length == 0)
                        return null;
                    IsLastCut = true;
                    return Take();
                }
            }

            var rest = _buffer.AsSpan(_at, _length - _at);
            var end = rest.IndexOf('\n');
            _line.Append(end < 0 ? rest : rest[..end]);
            _at = end < 0 ? _length : _at + end + 1;
            if (_line.Length > max)
            {
                IsTooLong = true;
                return null;
            }

            if (end >= 0)
                return Take();
        }
    }

    private string Take()
    {
        Number++;
        return _line.ToString();
    }
}
