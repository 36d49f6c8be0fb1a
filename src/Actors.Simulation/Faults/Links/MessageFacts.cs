using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// What a fault knows of a message. Stream and number name it: the same ones again are a repetition, a higher number in the stream means that those before need
/// nobody's help any more.
/// </summary>
/// <param name="What">Whose it is.</param>
/// <param name="Epoch">Its epoch, 0 when it has none.</param>
/// <param name="Stream">What it is one of.</param>
/// <param name="Number">Which of them.</param>
internal readonly record struct MessageFacts(FaultTarget What, uint Epoch, ulong Stream, ulong Number)
{
    /// <summary>Reads a message.</summary>
    public static MessageFacts Of(object message, in FaultTarget from, in FaultTarget to, MessageDigest digest)
    {
        var what = new FaultTarget(
            Math.Max(from.Vm, to.Vm), Math.Max(from.Vcpu, to.Vcpu), Math.Max(from.Device, to.Device), -1, Math.Max(from.Port, to.Port), -1);
        return message switch
        {
            GuestHop.IoExit m => Make(1, what with { Vcpu = m.Request.Vcpu }, m.Epoch, m.Request.Sequence),
            GuestHop.InterruptAccepted m => Make(2, what with { Vcpu = m.Vcpu, Vector = m.Vector }, m.Epoch, m.Sequence, (ulong)m.Vector >> 4),
            GuestHop.VcpuEnded m => Make(3, what with { Vcpu = m.Vcpu }, m.Epoch, 1),
            GuestHop.VcpuPaused m => Make(4, what with { Vcpu = m.Vcpu }, m.Epoch, 1),
            GuestHop.IoCompletion m => Make(5, what, m.Epoch, m.Sequence),
            GuestHop.InterruptDelivery m => Make(6, what with { Vector = m.Vector }, m.Epoch, m.Sequence, (ulong)m.Vector >> 4),
            GuestHop.RunVcpu m => Make(7, what, m.Epoch, m.Epoch),
            GuestHop.PauseVcpu m => Make(8, what, m.Epoch, m.Epoch),
            UpcallHop.Upcall m => Make(9, what with { Vm = m.Vm.Value, Vcpu = m.Request.Vcpu }, m.Epoch, m.Request.Sequence),
            UpcallHop.PollSlot m => Make(10, what with { Vcpu = m.Vcpu }, m.Epoch, m.Sequence),
            UpcallHop.SlotSeen m => Make(11, what with { Vcpu = m.Vcpu }, m.Epoch, m.Sequence),
            UpcallHop.AsyncioKick m => Make(12, what with { Device = DeviceOf(m.Cookie), Queue = QueueOf(m.Cookie) }, m.Epoch, m.Position),
            UpcallHop.AsyncioDrained m => Make(13, what, m.Epoch, m.Position),
            UpcallHop.RequestFinished m => Make(14, what with { Vcpu = m.Vcpu }, m.Epoch, m.Sequence),
            DispatchHop.DispatchRequest m => Make(15, what with { Vcpu = m.Request.Vcpu }, m.Epoch, m.Request.Sequence),
            DispatchHop.RequestDone m => Make(16, what with { Vcpu = m.Vcpu }, m.Epoch, m.Sequence),
            DispatchHop.SetIoeventfd m => Make(17, what with { Device = DeviceOf(m.Cookie), Queue = QueueOf(m.Cookie) }, m.Epoch, (ulong)m.Id, m.Cookie),
            DispatchHop.RegistrationResult m => Make(18, what, m.Epoch, (ulong)m.Id),
            DispatchHop.DoorbellSignal m => Make(19, what with { Device = DeviceOf(m.Cookie), Queue = QueueOf(m.Cookie) }, m.Epoch, m.Count, m.Cookie),
            DispatchHop.DoorbellDrained m => Make(20, what with { Device = DeviceOf(m.Cookie), Queue = QueueOf(m.Cookie) }, m.Epoch, m.Count, m.Cookie),
            DispatchHop.SignalIrqfd m => Make(21, what, m.Epoch, m.Sequence, m.Cookie),
            InterruptHop.InjectMsi m => Make(22, what with { Device = (int)m.Source, Vector = (byte)m.Data }, m.Epoch, m.Sequence, m.Source ^ ((ulong)m.Data << 20)),
            InterruptHop.SetIrqLine m => Make(23, what, m.Epoch, m.Sequence, m.Source ^ ((ulong)(uint)m.Gsi << 20)),
            InterruptHop.InterruptSeen m => Make(24, what with { Device = (int)m.Source }, m.Epoch, m.Sequence, m.Source),
            ControlHop.VmCommand m => Make(25, what, 0, (ulong)m.Id),
            ControlHop.VmCommandResult m => Make(26, what, 0, (ulong)m.Id),
            ControlHop.VmEvent m => Make(27, what, m.Epoch, 1, (ulong)m.Kind),
            ControlHop.CreateVm m => Make(28, what with { Vm = m.Spec.Vm.Value }, 0, (ulong)m.Id),
            ControlHop.VmCreated m => Make(29, what with { Vm = m.Vm.Value }, 0, (ulong)m.Id),
            DeviceHop.Access m => Make(30, what with { Vcpu = m.Vcpu }, m.Epoch, m.Sequence),
            DeviceHop.AccessDone m => Make(31, what with { Vcpu = m.Vcpu }, m.Epoch, m.Sequence),
            PortHop.Write m => Make(32, what, m.Epoch, (ulong)m.Offset),
            PortHop.Grant m => Make(33, what, 0, m.Number),
            PortHop.Input m => Make(34, what with { Port = m.Port }, 0, (ulong)m.Offset),
            PortHop.Status m => Make(35, what with { Port = m.Port }, 0, m.Revision),
            PortHop.Emergency m => Make(36, what, 0, (ulong)m.Number),
            MemoryHop.Exchange m => Make(37, what with { Vm = m.Vm.Value, Device = m.Device.RequesterId }, m.Epoch, m.Sequence, m.Life),
            MemoryHop.Exchanged m => Make(38, what with { Vm = m.Vm.Value, Device = m.Device.RequesterId }, 0, m.Sequence, m.Life),
            _ => Make(99, what, 0, 1, digest.Of(message)),
        };
    }

    /// <summary>Device of a doorbell's cookie (as the device model makes them).</summary>
    public static int DeviceOf(ulong cookie) => (ushort)((cookie - 1) >> 16);

    /// <summary>Queue of a doorbell's cookie.</summary>
    public static int QueueOf(ulong cookie) => (ushort)(cookie - 1);

    private static MessageFacts Make(ulong kind, in FaultTarget what, uint epoch, ulong number, ulong more = 0)
    {
        var stream = Prng.Mix(kind ^ ((ulong)(uint)what.Vm << 8) ^ ((ulong)(uint)what.Vcpu << 24) ^ ((ulong)(uint)what.Device << 40));
        return new MessageFacts(what, epoch, Prng.Mix(stream ^ epoch ^ ((ulong)(uint)what.Port << 32) ^ Prng.Mix(more)), number);
    }
}
