using System.Globalization;
using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>What stands at a message's arrow: its name, and the number that tells it from others.</summary>
internal static class MessageLabel
{
    public static string Of(object message) => message switch
    {
        GuestHop.IoExit m => Numbered(m, m.Request.Sequence),
        GuestHop.IoCompletion m => Numbered(m, m.Sequence),
        GuestHop.InterruptDelivery m => Text($"InterruptDelivery 0x{m.Vector:X2}"),
        GuestHop.InterruptAccepted m => Text($"InterruptAccepted 0x{m.Vector:X2}"),
        UpcallHop.Upcall m => Numbered(m, m.Request.Sequence),
        UpcallHop.RequestFinished m => Numbered(m, m.Sequence),
        DispatchHop.DispatchRequest m => Numbered(m, m.Request.Sequence),
        DispatchHop.RequestDone m => Numbered(m, m.Sequence),
        DispatchHop.DoorbellSignal m => Text($"DoorbellSignal ×{m.Count}"),
        InterruptHop.InjectMsi m => Text($"InjectMsi #{m.Sequence}"),
        DeviceHop.Access m => Numbered(m, m.Sequence),
        DeviceHop.AccessDone m => Numbered(m, m.Sequence),
        PortHop.Write m => Text($"Write {m.Length} B"),
        PortHop.Input m => Text($"Input {m.Length} B"),
        PortHop.Grant m => Text($"Grant to {m.Delivered}"),
        RecordedMessage m => m.Label,
        _ => message.GetType().Name,
    };

    private static string Numbered(object message, ulong sequence) => Text($"{message.GetType().Name} #{sequence}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
