using System.Collections.Immutable;
using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Makes the rows of a chart of a trace's events.</summary>
internal sealed class ChartBuilder
{
    private readonly TraceRecording _trace;
    private readonly ImmutableArray<FaultRule> _rules;
    private readonly List<ChartRow> _rows = [];
    private readonly Dictionary<int, Sent> _sends = [];
    private readonly Dictionary<object, List<Sent>> _messages = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<int, int> _rowOfReceive = [];
    private int _current = -1;
    private int _lastBreak = -1;

    private ChartBuilder(TraceRecording trace, ImmutableArray<FaultRule> rules, ChartLanes lanes)
    {
        _trace = trace;
        _rules = rules;
        Lanes = lanes;
    }

    private ChartLanes Lanes { get; }

    /// <summary>The rows of a trace, with violations in their places.</summary>
    public static List<ChartRow> Rows(TraceRecording trace, ImmutableArray<FaultRule> rules, ChartLanes lanes, ImmutableArray<Violation> violations)
    {
        var builder = new ChartBuilder(trace, rules, lanes);
        var told = 0;
        foreach (var recorded in trace.Events)
        {
            while (told < violations.Length && recorded.Moment.Sequence > violations[told].Moment.Sequence)
                builder.Add(violations[told++]);
            builder.Add(recorded);
        }

        while (told < violations.Length)
            builder.Add(violations[told++]);
        return Compact(builder._rows);
    }

    /// <summary>Rows without those that are gone.</summary>
    private static List<ChartRow> Compact(List<ChartRow> rows)
    {
        var places = new int[rows.Count];
        var kept = new List<ChartRow>(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            places[i] = rows[i].IsGone ? -1 : kept.Count;
            if (!rows[i].IsGone)
                kept.Add(rows[i]);
        }

        foreach (var row in kept)
            row.Origin = row.Origin < 0 ? -1 : places[row.Origin];
        return kept;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Add(Violation violation) => _rows.Add(new ChartRow(
        ChartRowKind.Violation, violation.Moment, Lanes.Of(violation.Moment.Actor), $"{violation.Oracle}: {violation.What}") { Origin = RowOf(violation.Moment.Cause) });

    private void Add(in RecordedEvent recorded)
    {
        var moment = recorded.Moment;
        if (_current >= 0 && moment.Cause != _rows[_current].Moment.Sequence)
            _current = -1;
        if (recorded.Event is PathStep step && !Lanes.HasMessages)
        {
            Step(moment, step);
            return;
        }

        switch (recorded.Event)
        {
            case ReceiveEvent taken:
                Take(moment, taken);
                break;
            case SendEvent send:
                Send(moment, send);
                break;
            case BackendEvent happened:
                Backend(moment, happened);
                break;
            case FaultEvent fault:
                Fault(moment, fault);
                _lastBreak = _rows.Count - 1;
                break;
            case LifeStep life:
                _rows.Add(new ChartRow(ChartRowKind.Life, moment, Lanes.Of(life.Actor), life.Change switch
                {
                    LifeChange.Crashed => "crashed",
                    LifeChange.Restarted => Text($"restarted, incarnation {life.Incarnation}"),
                    LifeChange.Resumed => "goes on without the message",
                    LifeChange.StateLost => "has lost its state",
                    LifeChange.Failed => "failed: out of use until a reset",
                    _ => "given up",
                }) { Style = life.Change is LifeChange.Crashed or LifeChange.GaveUp or LifeChange.StateLost or LifeChange.Failed ? "crash" : "up", Origin = RowOf(moment.Cause) });
                _lastBreak = _rows.Count - 1;
                if (life.Reason is { } reason)
                    _rows[^1].Note(reason);
                break;
            case DropStep drop:
                _rows.Add(new ChartRow(ChartRowKind.Life, moment, Lanes.OfBackend(drop.Vm, drop.Port), Text($"{drop.Length} B dropped: {drop.Reason}")) { Style = "crash" });
                break;
            case ClusterEvent happened:
                _rows.Add(new ChartRow(ChartRowKind.Phase, moment, -1, ClusterText.Of(happened)) { Style = "cluster" });
                break;
            case WorldPhase phase:
                _rows.Add(new ChartRow(ChartRowKind.Phase, moment, -1, phase switch
                {
                    WorldPhase.Begin => "machines are made",
                    WorldPhase.Safety => "faults may fire",
                    WorldPhase.Liveness => "all faults are healed, the schedule is fair: what was promised must happen now",
                    _ => "the run is over",
                }));
                break;
            default:
                Note(recorded);
                break;
        }
    }

    private int RowOf(int receive) => _rowOfReceive.GetValueOrDefault(receive, -1);

    private void Take(in Moment moment, in ReceiveEvent taken)
    {
        var sent = _sends.GetValueOrDefault(moment.Cause);
        _current = _rows.Count;
        _rowOfReceive[moment.Sequence] = _current;
        _rows.Add(new ChartRow(ChartRowKind.Take, moment, Lanes.Of(taken.Actor), MessageLabel.Of(taken.Message))
        {
            From = sent?.From ?? -1, Origin = sent?.Row ?? -1, Site = sent?.Site?.Name, Function = sent?.Site?.Function, Style = sent?.Style,
        });
    }

    private void Send(in Moment moment, in SendEvent send)
    {
        // Who is at work sends, in whosever name.
        var sent = new Sent { Row = RowOf(moment.Cause), From = Lanes.Of(moment.Actor) is >= 0 and var at ? at : Lanes.Of(send.From), To = send.To, Site = send.Site };
        _sends[moment.Sequence] = sent;
        if (!_messages.TryGetValue(send.Message, out var same))
            _messages.Add(send.Message, same = []);
        var to = send.To;
        if (send.IsLate && same.Find(known => known.To == to) is { } first)
        {
            sent.Row = first.Row;
            sent.From = first.From;
            sent.Style = first.Lost >= 0 ? "late" : "twice";
            if (first.Lost >= 0)
                _rows[first.Lost].IsGone = true;
        }

        same.Add(sent);
        if (send.IsDelivered)
            return;
        sent.Lost = _rows.Count;
        _rows.Add(new ChartRow(ChartRowKind.Lost, moment, Lanes.Of(send.To), MessageLabel.Of(send.Message))
        {
            From = sent.From, Origin = sent.Row, Site = sent.Site?.Name, Function = sent.Site?.Function, Style = "lost",
        });
    }

    private void Backend(in Moment moment, in BackendEvent happened)
    {
        var backend = Lanes.Of(happened);
        var what = happened.Kind switch
        {
            BackendEventKind.Accepted => Text($"took {happened.Count} B"),
            BackendEventKind.Given => Text($"gave {happened.Count} B"),
            BackendEventKind.Fed => Text($"input: {happened.Count} B"),
            BackendEventKind.Refused => "takes nothing",
            BackendEventKind.Failed => "fails",
            BackendEventKind.Connected => "connected",
            BackendEventKind.Disconnected => "disconnected",
            BackendEventKind.DroppedOutput => Text($"{happened.Count} B dropped"),
            _ => "closed",
        };
        var actor = Lanes.Of(moment.Actor);
        if (actor < 0 || happened.Incarnation == 0)
            _rows.Add(new ChartRow(ChartRowKind.Outside, moment, backend, what));
        else if (happened.Kind == BackendEventKind.Given)
            _rows.Add(new ChartRow(ChartRowKind.Take, moment, actor, what) { From = backend, Origin = RowOf(moment.Cause) });
        else
            _rows.Add(new ChartRow(ChartRowKind.Take, moment, backend, what) { From = actor, Origin = RowOf(moment.Cause) });
    }

    private void Fault(in Moment moment, in FaultEvent fault)
    {
        var rule = (uint)fault.Rule < (uint)_rules.Length ? _rules[fault.Rule] : null;
        var name = rule is null ? "fault" : $"{rule.Id}: {rule.Do}";
        var lane = Lanes.Of(fault.Target) is >= 0 and var target ? target : Lanes.Of(moment.Actor);
        switch (fault.Kind)
        {
            case FaultEventKind.Fired:
                _rows.Add(new ChartRow(ChartRowKind.Fault, moment, lane, name) { Rule = fault.Rule, Origin = RowOf(moment.Cause) });
                _rows[^1].Note(Text($"{rule?.Row} at {rule?.Site}, visit {fault.Occurrence}"));
                break;
            case FaultEventKind.Effective:
                if (_rows.Count > 0 && _rows[^1].Kind == ChartRowKind.Fault)
                    _rows[^1].Note("effective");
                break;
            default:
                _rows.Add(new ChartRow(ChartRowKind.Heal, moment, lane, $"{name} {(fault.Kind == FaultEventKind.Healed ? "healed" : "made up for")}") { Rule = fault.Rule });
                break;
        }
    }

    private void Note(in RecordedEvent recorded)
    {
        if (_current < 0)
            return;
        switch (recorded.Event)
        {
            case SlotStep step:
                _rows[_current].Note(Text($"slot {step.Vcpu} {Upper(step.From)}→{Upper(step.To)}{(step.View == SlotView.Service ? " (HSM)" : string.Empty)}"));
                break;
            case PathStep step:
                _rows[_current].Note(step.Hop.ToString(), PathHopSpec.FunctionOf(step.Hop));
                break;
            case MemoryEvent access when access.IsRefused || access.Who == MemoryUser.Fault:
                _rows[_current].Note(EventText.Of(recorded, _trace));
                break;
        }
    }

    /// <summary>A step where no messages were recorded: who takes it got it from who took the step that led to it. What somebody does in one go is one row, unless a fault or crash came between.</summary>
    private void Step(in Moment moment, in PathStep step)
    {
        var lane = Lanes.Of(moment.Actor);
        var origin = RowOf(moment.Cause);
        var function = PathHopSpec.FunctionOf(step.Hop);
        var isOutput = step.Hop == PathHop.BackendWrite;
        if (step.Hop == PathHop.BackendRead)
        {
            _rows.Add(new ChartRow(ChartRowKind.Take, moment, lane, Text($"gave {step.Detail} B")) { From = Lanes.OfBackend(step), Site = PathHopSpec.SiteOf(step.Hop), Function = function });
        }
        else if (origin > _lastBreak && _rows[origin].Lane == lane && !isOutput)
        {
            _rows[origin].Note(PathText.Of(step), function);
            _rows[origin].Until = moment.Ticks;
            _rowOfReceive[moment.Sequence] = origin;
            return;
        }
        else
        {
            _rows.Add(new ChartRow(ChartRowKind.Take, moment, lane, PathText.Of(step))
            {
                From = origin < 0 || (_rows[origin].Lane == lane && !isOutput) ? -1 : _rows[origin].Lane, Origin = origin, Site = PathHopSpec.SiteOf(step.Hop), Function = function,
            });
        }

        _rowOfReceive[moment.Sequence] = _rows.Count - 1;
        if (isOutput)
            _rows.Add(new ChartRow(ChartRowKind.Take, moment, Lanes.OfBackend(step), Text($"took {step.Detail} B")) { From = lane, Origin = _rows.Count - 1, Site = PathHopSpec.SiteOf(step.Hop), Function = function });
    }

    private static string Upper(IoRequestSlotState state) => state.ToString().ToUpperInvariant();

    private sealed class Sent
    {
        public int Row { get; set; }

        public int From { get; set; }

        public int To { get; init; }

        public LinkSite? Site { get; init; }

        public string? Style { get; set; }

        /// <summary>Index of the row that says that it was lost; -1: it was not.</summary>
        public int Lost { get; set; } = -1;
    }
}
