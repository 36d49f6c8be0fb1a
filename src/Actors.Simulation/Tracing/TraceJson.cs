using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Writes a recorded trace as JSON lines: one event a line, with its virtual time in ticks of 100 ns and the number of the event that led to it.</summary>
public static class TraceJson
{
    // Nothing here is put into a page of HTML.
    private static readonly JsonWriterOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes all events, then what was violated.</summary>
    public static void Write(TextWriter output, RunResult result)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(result);
        if (result.Recording is not { } trace)
            throw new ArgumentException("The run's trace was not recorded.", nameof(result));
        foreach (var recorded in trace.Events)
            Line(output, json => Event(json, recorded, trace, result.Request.Plan));
        foreach (var violation in result.Violations)
        {
            Line(output, json =>
            {
                At(json, violation.Moment, trace);
                json.WriteString("kind", "assert");
                json.WriteString("oracle", violation.Oracle);
                json.WriteString("what", violation.What);
            });
        }
    }

    private static void Line(TextWriter output, Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Written))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        output.Write(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
        output.Write('\n');
    }

    private static void At(Utf8JsonWriter json, in Moment moment, TraceRecording trace)
    {
        json.WriteNumber("v", moment.Ticks);
        json.WriteNumber("step", moment.Step);
        json.WriteNumber("seq", moment.Sequence);
        if (moment.Cause != 0)
            json.WriteNumber("cause", moment.Cause);
        if (moment.Actor >= 0)
            json.WriteString("actor", EventText.Actor(trace, moment.Actor));
    }

    private static void Event(Utf8JsonWriter json, RecordedEvent recorded, TraceRecording trace, Plan plan)
    {
        At(json, recorded.Moment, trace);
        switch (recorded.Event)
        {
            case SendEvent e:
                json.WriteString("kind", "send");
                if (e.Site is not null)
                    json.WriteString("link", e.Site.Name);
                json.WriteString("from", EventText.Actor(trace, e.From));
                json.WriteString("to", EventText.Actor(trace, e.To));
                json.WriteString("message", EventText.MessageName(e.Message));
                if (!e.IsDelivered)
                    json.WriteBoolean("delivered", false);
                if (e.IsLate)
                    json.WriteBoolean("late", true);
                break;
            case ReceiveEvent e:
                json.WriteString("kind", "recv");
                json.WriteString("message", EventText.MessageName(e.Message));
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
                json.WriteNumber("port", e.Port);
                json.WriteString("do", Word(e.Kind));
                json.WriteNumber("count", e.Count);
                json.WriteNumber("incarnation", e.Incarnation);
                break;
            case FaultEvent e:
                json.WriteString("kind", e.Kind == FaultEventKind.Healed ? "heal" : "fault");
                json.WriteString("rule", (uint)e.Rule < (uint)plan.Faults.Length ? plan.Faults[e.Rule].Id : "-");
                json.WriteString("what", Word(e.Kind));
                json.WriteNumber("visit", e.Occurrence);
                if (e.Target >= 0)
                    json.WriteString("target", EventText.Actor(trace, e.Target));
                json.WriteNumber("detail", e.Detail);
                break;
            case LifeStep e:
                json.WriteString("kind", "life");
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
                json.WriteString("text", EventText.Of(recorded, trace));
                break;
        }

        if (!recorded.Data.IsDefaultOrEmpty)
            json.WriteString("data", Convert.ToHexStringLower(recorded.Data.AsSpan()));
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
