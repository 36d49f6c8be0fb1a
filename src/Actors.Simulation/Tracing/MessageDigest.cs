using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// What of a message goes into the trace's hash: its type and the numbers in it, from no address, no order of a hash table and no string of the process.
/// </summary>
internal sealed class MessageDigest
{
    private readonly Dictionary<Type, ulong> _types = [];

    public ulong Of(object message) => message switch
    {
        GuestHop.IoExit m => Words(1, m.Epoch, m.Taken, Of(m.Request)),
        GuestHop.IoCompletion m => Words(2, m.Epoch, m.Sequence, m.Value ^ (ulong)m.Outcome),
        GuestHop.InterruptDelivery m => Words(3, m.Epoch, m.Sequence, m.Vector),
        GuestHop.InterruptAccepted m => Words(4, m.Epoch, m.Sequence, ((ulong)(uint)m.Vcpu << 8) | m.Vector),
        UpcallHop.Upcall m => Words(5, m.Epoch, ((ulong)(uint)m.Vm.Value << 8) | (uint)(m.AlsoPending.IsDefault ? 0 : m.AlsoPending.Length), Of(m.Request)),
        UpcallHop.RequestFinished m => Words(6, m.Epoch ^ ((ulong)(uint)m.Vcpu << 32), m.Sequence, m.Value),
        DispatchHop.DispatchRequest m => Words(7, m.Epoch, (uint)m.Vm.Value, Of(m.Request)),
        DispatchHop.RequestDone m => Words(8, m.Epoch ^ ((ulong)(uint)m.Vcpu << 32), m.Sequence, m.Value),
        DispatchHop.DoorbellSignal m => Words(9, m.Epoch, m.Cookie, m.Count),
        DispatchHop.DoorbellDrained m => Words(10, m.Epoch, m.Cookie, m.Count),
        InterruptHop.InjectMsi m => Words(11, m.Source ^ m.Epoch, m.Sequence, m.Address ^ ((ulong)m.Data << 32)),
        InterruptHop.SetIrqLine m => Words(12, m.Source ^ m.Epoch, m.Sequence, ((ulong)(uint)m.Gsi << 8) | (ulong)m.Operation),
        DeviceHop.Access m => Words(13, m.Epoch ^ m.Offset, m.Sequence, Of(m.Io) ^ (uint)m.Bar),
        DeviceHop.AccessDone m => Words(14, m.Epoch ^ ((ulong)(uint)m.Vcpu << 32), m.Sequence, m.Value),
        PortHop.Write m => Words(15, m.Epoch, (ulong)m.Offset, TraceHash.Of(m.Bytes.AsSpan(0, m.Length))),
        PortHop.Grant m => Words(16, m.Epoch ^ ((ulong)m.Number << 32), (ulong)m.Delivered, (ulong)(uint)m.Credit ^ ((ulong)m.Probe << 32)),
        PortHop.Input m => Words(17, m.Epoch, (ulong)m.Offset, TraceHash.Of(m.Bytes.AsSpan(m.Start, m.Length))),
        PortHop.Status m => Words(18, m.Epoch ^ (m.Revision << 32), (ulong)m.Received, (ulong)m.Accepted ^ (m.IsOpen ? 1UL << 63 : 0)),
        UpcallHop.AsyncioKick m => Words(19, m.Epoch, m.Position, m.Cookie),
        ControlHop.VmCommand m => Words(20, (ulong)m.Id, (ulong)m.Command, (uint)m.Argument),
        ControlHop.VmCommandResult m => Words(21, (ulong)m.Id, (ulong)m.Command, ((ulong)m.Epoch << 32) | (uint)m.Result),
        _ => TypeOf(message.GetType()),
    };

    private static ulong Of(in IoRequest request) => Words((ulong)(uint)request.Vcpu, request.Sequence, Of(request.Access), 0);

    private static ulong Of(in IoAccess access) =>
        access.Address ^ (access.Value << 24) ^ ((ulong)access.Type << 56) ^ ((ulong)access.Direction << 60) ^ ((ulong)access.Size << 48);

    private static ulong Words(ulong kind, ulong a, ulong b, ulong c) => TraceHash.Mix(TraceHash.Mix(TraceHash.Mix(kind, a), b), c);

    private ulong TypeOf(Type type)
    {
        if (_types.TryGetValue(type, out var known))
            return known;
        var hash = 0xCBF2_9CE4_8422_2325UL;
        foreach (var letter in type.FullName ?? type.Name)
            hash = (hash ^ letter) * 0x0000_0100_0000_01B3;
        _types.Add(type, hash);
        return hash;
    }
}
