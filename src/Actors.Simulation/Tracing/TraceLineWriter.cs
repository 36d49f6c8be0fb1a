using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// Writes a trace as JSON lines: a header, then one event a line. What runs in reality and what ran in a world is written alike; <see cref="TraceFile"/> reads both.
/// </summary>
internal sealed class TraceLineWriter
{
    // Nothing here is put into a page of HTML.
    private static readonly JsonWriterOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TextWriter _output;
    private readonly Func<int, string> _actor;
    private readonly ImmutableArray<FaultRule> _rules;
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly Dictionary<object, int> _numbers = new(ReferenceEqualityComparer.Instance);

    /// <summary>Begins a trace.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="header">What it is.</param>
    /// <param name="actor">From an actor's number to its name.</param>
    public TraceLineWriter(TextWriter output, TraceHeader header, Func<int, string> actor)
    {
        _output = output;
        _actor = actor;
        _rules = header.Rules;
        Line(json => Header(json, header));
    }

    /// <summary>Writes an event.</summary>
    public void Write(RecordedEvent recorded) => Line(json => Event(json, recorded));

    /// <summary>Writes what was violated.</summary>
    public void Write(Violation violation) => Line(json =>
    {
        At(json, violation.Moment);
        json.WriteString("kind", "assert");
        json.WriteString("oracle", violation.Oracle);
        json.WriteString("what", violation.What);
    });

    /// <summary>Says that events are missing here.</summary>
    public void WriteMissing(long events) => Line(json =>
    {
        json.WriteString("kind", "missing");
        json.WriteNumber("count", events);
    });

    private void Line(Action<Utf8JsonWriter> write)
    {
        _bytes.Clear();
        using (var json = new Utf8JsonWriter(_bytes, Written))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        _output.Write(Encoding.UTF8.GetString(_bytes.WrittenSpan));
        _output.Write('\n');
    }

    private static void Header(Utf8JsonWriter json, TraceHeader header)
    {
        json.WriteString("format", TraceHeader.Format);
        json.WriteNumber("version", TraceHeader.Version);
        json.WriteString("source", header.Source);
        json.WriteString("name", header.Name);
        if (header.Seed is { } seed)
            json.WriteString("seed", seed.ToString(CultureInfo.InvariantCulture));
        if (header.Rules.IsEmpty)
            return;
        json.WriteStartArray("rules");
        foreach (var rule in header.Rules)
        {
            json.WriteStartObject();
            json.WriteString("id", rule.Id);
            json.WriteString("row", rule.Row);
            json.WriteString("site", rule.Site);
            json.WriteString("do", rule.Do);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void At(Utf8JsonWriter json, in Moment moment)
    {
        json.WriteNumber("v", moment.Ticks);
        json.WriteNumber("step", moment.Step);
        json.WriteNumber("seq", moment.Sequence);
        if (moment.Cause != 0)
            json.WriteNumber("cause", moment.Cause);
        if (moment.Actor >= 0)
            json.WriteString("actor", _actor(moment.Actor));
    }

    private void Event(Utf8JsonWriter json, in RecordedEvent recorded)
    {
        At(json, recorded.Moment);
        switch (recorded.Event)
        {
            case SendEvent e:
                json.WriteString("kind", "send");
                if (e.Site is not null)
                    json.WriteString("link", e.Site.Name);
                json.WriteString("from", _actor(e.From));
                json.WriteString("to", _actor(e.To));
                Message(json, e.Message);
                if (!e.IsDelivered)
                    json.WriteBoolean("delivered", false);
                if (e.IsLate)
                    json.WriteBoolean("late", true);
                json.WriteNumber("number", NumberOf(e.Message));
                break;
            case ReceiveEvent e:
                json.WriteString("kind", "recv");
                Message(json, e.Message);
                break;
            case MemoryEvent e:
                json.WriteString("kind", "mem");
                json.WriteNumber("vm", e.Vm.Value);
                json.WriteString("who", Word(e.Who));
                json.WriteString("do", e.IsWrite ? "write" : "read");
                json.WriteString("address", string.Create(CultureInfo.InvariantCulture, $"0x{e.Address:x}"));
                json.WriteNumber("length", e.Length);
                if (e.IsRefused)
                    json.WriteBoolean("refused", true);
                break;
            case PathStep e:
                json.WriteString("kind", "path");
                json.WriteString("hop", e.Hop.ToString());
                json.WriteNumber("vm", e.Vm.Value);
                if (e.Vcpu >= 0)
                    json.WriteNumber("vcpu", e.Vcpu);
                if (e.Sequence != 0)
                    json.WriteNumber("request", e.Sequence);
                Access(json, e.Access);
                Place(json, e);
                json.WriteNumber("detail", e.Detail);
                if (e.Name is not null)
                    json.WriteString("name", e.Name);
                break;
            case SlotStep e:
                json.WriteString("kind", "slot");
                json.WriteNumber("vm", e.Vm.Value);
                json.WriteNumber("vcpu", e.Vcpu);
                json.WriteNumber("epoch", e.Epoch);
                json.WriteNumber("request", e.Sequence);
                json.WriteString("view", Word(e.View));
                json.WriteString("edge", $"{e.From.ToString().ToUpperInvariant()}->{e.To.ToString().ToUpperInvariant()}");
                json.WriteString("owner", Word(e.Owner));
                break;
            case BackendEvent e:
                json.WriteString("kind", "backend");
                json.WriteNumber("vm", e.Vm.Value);
                json.WriteString("device", e.Device.ToString());
                json.WriteNumber("port", e.Port);
                json.WriteString("do", Word(e.Kind));
                json.WriteNumber("count", e.Count);
                json.WriteNumber("incarnation", e.Incarnation);
                break;
            case FaultEvent e:
                json.WriteString("kind", e.Kind == FaultEventKind.Healed ? "heal" : "fault");
                json.WriteString("rule", (uint)e.Rule < (uint)_rules.Length ? _rules[e.Rule].Id : "-");
                json.WriteString("what", Word(e.Kind));
                json.WriteNumber("visit", e.Occurrence);
                if (e.Target >= 0)
                    json.WriteString("target", _actor(e.Target));
                json.WriteNumber("detail", e.Detail);
                break;
            case DropStep e:
                json.WriteString("kind", "drop");
                json.WriteNumber("vm", e.Vm.Value);
                json.WriteString("port", e.Port);
                json.WriteNumber("offset", e.Offset);
                json.WriteNumber("count", e.Length);
                json.WriteString("reason", Word(e.Reason));
                break;
            case LifeStep e:
                json.WriteString("kind", "life");
                json.WriteNumber("vm", e.Vm.Value);
                json.WriteString("of", e.Actor);
                json.WriteString("change", Word(e.Change));
                json.WriteNumber("incarnation", e.Incarnation);
                if (e.Reason is not null)
                    json.WriteString("reason", e.Reason);
                break;
            case ClusterEvent e:
                json.WriteString("kind", "cluster");
                json.WriteString("what", ClusterText.WordOf(e.Kind));
                if (e.Node >= 0)
                    json.WriteNumber("node", e.Node);
                if (e.Vm >= 0)
                    json.WriteNumber("vm", e.Vm);
                if (e.Machine >= 0)
                    json.WriteNumber("machine", e.Machine);
                if (e.Token != 0)
                    json.WriteNumber("token", e.Token);
                if (e.Other >= 0)
                    json.WriteNumber("other", e.Other);
                break;
            case WorldPhase e:
                json.WriteString("kind", "mark");
                json.WriteString("phase", Word(e));
                break;
            default:
                json.WriteString("kind", "other");
                json.WriteString("text", recorded.Event.ToString());
                break;
        }

        if (!recorded.Data.IsDefaultOrEmpty)
            json.WriteString("data", Convert.ToHexStringLower(recorded.Data.AsSpan()));
    }

    private static void Message(Utf8JsonWriter json, object message)
    {
        json.WriteString("message", EventText.MessageName(message));
        var label = MessageLabel.Of(message);
        if (label != EventText.MessageName(message))
            json.WriteString("label", label);
        if (message is GuestHop.IoExit exit)
            json.WriteNumber("request", exit.Request.Sequence);
    }

    private static void Access(Utf8JsonWriter json, in IoAccess access)
    {
        if (access.Size == 0)
            return;
        json.WriteString("space", Word(access.Type));
        json.WriteString("do", Word(access.Direction));
        json.WriteNumber("size", access.Size);
        json.WriteString("address", string.Create(CultureInfo.InvariantCulture, $"0x{access.Address:x}"));
        json.WriteString("value", string.Create(CultureInfo.InvariantCulture, $"0x{access.Value:x}"));
    }

    private static void Place(Utf8JsonWriter json, in PathStep step)
    {
        if (step.At != PathRoom.AsTheHopSays)
            json.WriteString("room", Word(step.At));
        if (step.Device != default)
            json.WriteString("device", step.Device.ToString());
        if (step.Room == PathRoom.Port)
            json.WriteNumber("port", step.Port);
    }

    /// <summary>A message that is sent again, or twice, is the same message.</summary>
    private int NumberOf(object message)
    {
        if (!_numbers.TryGetValue(message, out var number))
            _numbers.Add(message, number = _numbers.Count + 1);
        return number;
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
