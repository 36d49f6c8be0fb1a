using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Changed copies of requests and answers.</summary>
internal static class MessageCorruption
{
    private const int Fields = 6;

    /// <summary>Fields of a request or answer, as the catalog's choices have them (any is 0).</summary>
    private enum Field
    {
        Value = 1,
        Size,
        Direction,
        Sequence,
        Epoch,
        Vcpu,
    }

    /// <summary>Whether a message can be changed.</summary>
    public static bool Concerns(object message) => message is GuestHop.IoExit or GuestHop.IoCompletion or UpcallHop.Upcall or UpcallHop.RequestFinished
        or DispatchHop.DispatchRequest or DispatchHop.RequestDone or DeviceHop.Access or DeviceHop.AccessDone;

    /// <summary>A copy that differs in one bit of one field.</summary>
    /// <param name="message">The message.</param>
    /// <param name="field">Which field, 0: any.</param>
    /// <param name="bit">Which bit of it.</param>
    /// <param name="random">Decides which when any.</param>
    public static object Change(object message, int field, long bit, long random)
    {
        var first = field == 0 ? 1 + (int)(random % Fields) : field;
        for (var i = 0; i < Fields; i++)
        {
            // A field that this message doesn't have gives way to the next that it has.
            var changed = With(message, (Field)(1 + ((first - 1 + i) % Fields)), (int)(bit & 63));
            if (!ReferenceEquals(changed, message) && !changed.Equals(message))
                return changed;
        }

        return message;
    }

    private static object With(object message, Field field, int bit)
    {
        var wide = 1UL << bit;
        var narrow = 1U << (bit & 31);
        return (message, field) switch
        {
            (GuestHop.IoExit m, Field.Epoch) => m with { Epoch = m.Epoch ^ narrow },
            (GuestHop.IoExit m, _) => m with { Request = With(m.Request, field, bit) },
            (UpcallHop.Upcall m, Field.Epoch) => m with { Epoch = m.Epoch ^ narrow },
            (UpcallHop.Upcall m, _) => m with { Request = With(m.Request, field, bit) },
            (DispatchHop.DispatchRequest m, Field.Epoch) => m with { Epoch = m.Epoch ^ narrow },
            (DispatchHop.DispatchRequest m, _) => m with { Request = With(m.Request, field, bit) },
            (GuestHop.IoCompletion m, Field.Value) => m with { Value = m.Value ^ wide },
            (GuestHop.IoCompletion m, Field.Sequence) => m with { Sequence = m.Sequence ^ wide },
            (GuestHop.IoCompletion m, Field.Epoch) => m with { Epoch = m.Epoch ^ narrow },
            (UpcallHop.RequestFinished m, Field.Value) => m with { Value = m.Value ^ wide },
            (UpcallHop.RequestFinished m, Field.Sequence) => m with { Sequence = m.Sequence ^ wide },
            (UpcallHop.RequestFinished m, Field.Epoch) => m with { Epoch = m.Epoch ^ narrow },
            (UpcallHop.RequestFinished m, Field.Vcpu) => m with { Vcpu = m.Vcpu ^ (1 << (bit & 3)) },
            (DispatchHop.RequestDone m, Field.Value) => m with { Value = m.Value ^ wide },
            (DispatchHop.RequestDone m, Field.Sequence) => m with { Sequence = m.Sequence ^ wide },
            (DispatchHop.RequestDone m, Field.Epoch) => m with { Epoch = m.Epoch ^ narrow },
            (DispatchHop.RequestDone m, Field.Vcpu) => m with { Vcpu = m.Vcpu ^ (1 << (bit & 3)) },
            (DeviceHop.Access m, Field.Epoch) => m with { Epoch = m.Epoch ^ narrow },
            (DeviceHop.Access m, Field.Sequence) => m with { Sequence = m.Sequence ^ wide },
            (DeviceHop.Access m, Field.Vcpu) => m with { Vcpu = m.Vcpu ^ (1 << (bit & 3)) },
            (DeviceHop.Access m, _) => m with { Io = With(m.Io, field, bit) },
            (DeviceHop.AccessDone m, Field.Value) => m with { Value = m.Value ^ wide },
            (DeviceHop.AccessDone m, Field.Sequence) => m with { Sequence = m.Sequence ^ wide },
            (DeviceHop.AccessDone m, Field.Epoch) => m with { Epoch = m.Epoch ^ narrow },
            (DeviceHop.AccessDone m, Field.Vcpu) => m with { Vcpu = m.Vcpu ^ (1 << (bit & 3)) },
            _ => message,
        };
    }

    private static IoRequest With(in IoRequest request, Field field, int bit) => field switch
    {
        Field.Sequence => request with { Sequence = request.Sequence ^ (1UL << bit) },
        Field.Vcpu => request with { Vcpu = request.Vcpu ^ (1 << (bit & 3)) },
        _ => request with { Access = With(request.Access, field, bit) },
    };

    private static IoAccess With(in IoAccess access, Field field, int bit) => field switch
    {
        Field.Value => access with { Value = access.Value ^ (1UL << bit) },
        Field.Size => access with { Size = (byte)(access.Size ^ (1 << (bit & 3))) },
        Field.Direction => access with { Direction = access.Direction == IoDirection.Read ? IoDirection.Write : IoDirection.Read },
        _ => access,
    };
}
