using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Recorded events in words, for sentences and comparisons.</summary>
internal static class EventText
{
    /// <summary>What happened, without when.</summary>
    public static string Of(in RecordedEvent recorded, TraceRecording trace) => recorded.Event switch
    {
        SendEvent e => $"{MessageName(e.Message)} from {Actor(trace, e.From)} to {Actor(trace, e.To)}{(e.Site is null ? "" : $" on {e.Site.Name}")}{(e.IsDelivered ? "" : " (not delivered)")}{(e.IsLate ? " (late)" : "")}",
        ReceiveEvent e => $"{Actor(trace, e.Actor)} takes {MessageName(e.Message)}",
        MemoryEvent e => Text($"{Who(e.Who)} {(e.IsWrite ? "writes" : "reads")} {e.Length} bytes at 0x{e.Address:x}{(e.IsRefused ? " (refused)" : "")}"),
        PathStep e => Text($"{e.Hop} of vm-{e.Vm.Value}{(e.Sequence == 0 ? "" : Text($" #{e.Sequence}"))}{(e.Name is null ? "" : " " + e.Name)} {e.Detail}"),
        SlotStep e => Text($"slot {e.Vcpu} of vm-{e.Vm.Value} goes from {Upper(e.From)} to {Upper(e.To)} in the {(e.View == SlotView.Service ? "HSM" : "hypervisor")}'s page (#{e.Sequence})"),
        BackendEvent e => Text($"backend of vm-{e.Vm.Value} port {e.Port}: {Backend(e.Kind)}{(e.Count == 0 ? "" : Text($" {e.Count} bytes"))}"),
        FaultEvent e => Text($"fault {e.Rule} {Lower(e.Kind)} at visit {e.Occurrence}"),
        LifeStep e => Text($"{e.Actor} {Life(e.Change)}{(e.Reason is null ? "" : $": {e.Reason}")}"),
        ClusterEvent e => ClusterText.Of(e),
        WorldPhase e => $"phase {Lower(e)}",
        Violation e => $"{e.Oracle} violated: {e.What}",
        var other => other.ToString() ?? string.Empty,
    };

    /// <summary>Name of an actor by its number.</summary>
    public static string Actor(TraceRecording trace, int number)
    {
        var index = number - World.FirstActor;
        return (uint)index < (uint)trace.Actors.Length ? trace.Actors[index] : "the outside";
    }

    /// <summary>Name of a message's kind.</summary>
    public static string MessageName(object message) => message is RecordedMessage recorded ? recorded.Name : message.GetType().Name;

    /// <summary>Virtual time with a fitting unit.</summary>
    public static string Time(long ticks) => ticks switch
    {
        0 => "0 s",
        < TimeSpan.TicksPerMillisecond => Text($"{ticks / 10.0:0.#} us"),
        < TimeSpan.TicksPerSecond => Text($"{ticks / (double)TimeSpan.TicksPerMillisecond:0.###} ms"),
        _ => Text($"{ticks / (double)TimeSpan.TicksPerSecond:0.######} s"),
    };

    private static string Who(MemoryUser user) => user switch
    {
        MemoryUser.Device => "the device model",
        MemoryUser.Guest => "the guest",
        _ => "a fault",
    };

    private static string Life(LifeChange change) => change switch
    {
        LifeChange.Crashed => "crashed",
        LifeChange.Restarted => "was restarted",
        LifeChange.Resumed => "went on",
        LifeChange.StateLost => "lost its state",
        LifeChange.Failed => "is out of use until a reset",
        _ => "was given up",
    };

    private static string Backend(BackendEventKind kind) => kind switch
    {
        BackendEventKind.Accepted => "took",
        BackendEventKind.Given => "gave",
        BackendEventKind.Fed => "was fed",
        BackendEventKind.DroppedOutput => "was spared dropped output,",
        BackendEventKind.Refused => "takes or has nothing",
        _ => Lower(kind),
    };

    private static string Upper(IoRequestSlotState state) => state.ToString().ToUpperInvariant();

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
