using System.Collections.Immutable;
using System.Globalization;
using Actors.Cluster;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// From typed events to a trace as <see cref="TraceFile"/> reads it: steps of the path, each with who took it and which step led to it, and what happened beside them. Bytes at a backend
/// aren't taken over: the port's step says them.
/// </summary>
internal sealed class HopReading
{
    private readonly ActorNumbers _actors = new();
    private readonly PathCauses _causes = new();
    private readonly List<FaultRule> _rules = [];
    private readonly ImmutableArray<RecordedEvent>.Builder _events = ImmutableArray.CreateBuilder<RecordedEvent>();
    private int _lastStep;
    private int _turn;

    private HopReading()
    {
    }

    /// <summary>Reads what is chosen.</summary>
    /// <param name="events">The events, in order: all, since what led to one may not be chosen itself.</param>
    /// <param name="header">What they are of; the rules are added.</param>
    /// <param name="missing">Events that are gone.</param>
    /// <param name="selection">What is chosen.</param>
    /// <param name="from">Sequence of the first event that may be.</param>
    /// <param name="to">Sequence of the last.</param>
    public static TraceReading Of(IReadOnlyList<HopEvent> events, TraceHeader header, long missing, TraceSelection selection, long from, long to)
    {
        var reading = new HopReading();
        for (var i = 0; i < events.Count; i++)
            reading.Add(events[i], i + 1, selection, events[i].Sequence >= from && events[i].Sequence <= to);
        return new TraceReading(header with { Rules = [.. reading._rules] }, new TraceRecording(reading._events.ToImmutable(), reading._actors.All), [], missing, false);
    }

    /// <summary>Writes what was read as a trace file.</summary>
    public static void Write(TextWriter output, TraceReading reading)
    {
        var lines = new TraceLineWriter(output, reading.Header, actor => EventText.Actor(reading.Recording, actor));
        if (reading.Missing > 0)
            lines.WriteMissing(reading.Missing);
        foreach (var recorded in reading.Recording.Events)
            lines.Write(recorded);
    }

    private void Add(HopEvent happened, int number, TraceSelection selection, bool mayBe)
    {
        var cause = CauseOf(happened, number);
        var report = happened switch
        {
            // What a port moved is in its step; what it gave up is a drop, in every world.
            ByteEvent => null,
            DropEvent drop => new DropStep(drop.Vm, drop.Port, drop.Offset, drop.Length, drop.Reason),
            FaultHopEvent fault => fault.Source.Report ?? new FaultEvent(-1, fault.Change, 0, -1, 0),
            _ => happened.Source.Report,
        };
        var recorded = new RecordedEvent(new Moment(happened.Time.Ticks, 0, number, cause, -1), report!, []);
        if (report is null || !mayBe || !selection.Takes(recorded, _actors.NameOf))
            return;

        // Who doesn't appear in the picture has no lane.
        _events.Add(report switch
        {
            PathStep step => By(recorded, OnNode(PathActors.NameOf(step), happened.Node)),
            LifeStep life when OnNode(WithoutNumber(life.Actor), happened.Node) is var name => By(recorded with { Event = life with { Actor = name } }, name),
            FaultEvent fault => recorded with { Event = fault with { Rule = RuleOf((FaultHopEvent)happened), Target = ((FaultHopEvent)happened).Target is { } hit ? _actors.NumberOf(hit) : -1 } },
            _ => recorded,
        });
    }

    private RecordedEvent By(in RecordedEvent recorded, string actor) => recorded with { Moment = recorded.Moment with { Actor = _actors.NumberOf(actor) } };

    /// <summary>Of a step, the step that led to it; of what else happened in an actor's turn, the turn's last step.</summary>
    private int CauseOf(HopEvent happened, int number)
    {
        if (happened.Source.Report is PathStep step)
        {
            (_lastStep, _turn) = (number, happened.Source.Turn);
            return _causes.Take(step, number).Cause;
        }

        return happened.Source.Turn != 0 && happened.Source.Turn == _turn ? _lastStep : 0;
    }

    private int RuleOf(FaultHopEvent fault)
    {
        var known = _rules.FindIndex(rule => rule.Id == fault.Rule);
        if (known >= 0)
            return known;
        _rules.Add(new FaultRule { Id = fault.Rule, Row = fault.Row, Site = fault.Site, Do = fault.Act });
        return _rules.Count - 1;
    }

    /// <summary>An actor's name with its node's, as worlds have it: <c>n0-hsm/vm-0</c>.</summary>
    private static string OnNode(string actor, string node)
    {
        if (node.Length == 0)
            return actor;
        var digits = node.AsSpan(node.LastIndexOf('-') + 1);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? string.Create(CultureInfo.InvariantCulture, $"n{index}-{actor}") : actor;
    }

    /// <summary>Several machines of one actor system have numbers at the names of their roots (<c>hsm-2/vm-0</c>); in its own picture a machine is alone.</summary>
    private static string WithoutNumber(string actor)
    {
        var root = actor.AsSpan(0, actor.IndexOf('/', StringComparison.Ordinal) is >= 0 and var end ? end : actor.Length);
        var dash = root.LastIndexOf('-');
        return dash > 0 && int.TryParse(root[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _) ? string.Concat(root[..dash], actor.AsSpan(root.Length)) : actor;
    }
}
