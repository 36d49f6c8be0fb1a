using Akka.Actor;

namespace Actors.Protocol;

/// <summary>Between the HSM's VM actor and the device model: the default client's requests, doorbells and their registration, irqfds.</summary>
public static class DispatchHop
{
    /// <summary>HSM to the VM's device-model actor: a request for the default client (slot PROCESSING). May come again; the device model executes it once and repeats the answer.</summary>
    public sealed record DispatchRequest(VmId Vm, uint Epoch, IoRequest Request) : IWireMessage;

    /// <summary>Device model to HSM: ioctl NOTIFY_REQUEST_FINISH. For a read the value is cut to the access size.</summary>
    public sealed record RequestDone(VmId Vm, uint Epoch, int Vcpu, ulong Sequence, ulong Value) : IWireMessage;

    /// <summary>Device model to HSM: ioctl IOEVENTFD. Answered by <see cref="RegistrationResult"/>.</summary>
    /// <param name="Vm">Whose table.</param>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Id">Correlates the answer.</param>
    /// <param name="Flags">PIO, data match, deassign, asyncio: acrn-io-path 2.1.</param>
    /// <param name="Cookie">Plays the eventfd: names the doorbell within its VM, not 0.</param>
    /// <param name="Address">First byte.</param>
    /// <param name="Length">1, 2, 4 or 8 bytes; unused when deassigning.</param>
    /// <param name="Data">Value for data match.</param>
    /// <param name="Listener">Who gets <see cref="DoorbellSignal"/>.</param>
    public sealed record SetIoeventfd(VmId Vm, uint Epoch, long Id, IoeventfdFlags Flags, ulong Cookie, ulong Address, uint Length, ulong Data, IActorRef Listener) : IWireMessage;

    /// <summary>Device model to HSM: ioctl IRQFD. Answered by <see cref="RegistrationResult"/>. The MSI is fixed at assign.</summary>
    public sealed record SetIrqfd(VmId Vm, uint Epoch, long Id, bool Assign, ulong Cookie, ulong MsiAddress, ulong MsiData) : IWireMessage;

    /// <summary>
    /// HSM to the VM's device-model actor: the HSM's actor of the VM was restarted and knows no registration any more. Every device registers anew; when all have been told,
    /// <see cref="RegistrationsTold"/> is the answer. Repeated until answered.
    /// </summary>
    /// <param name="Vm">Whose tables.</param>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Incarnation">One more with each restart.</param>
    public sealed record RegistrationsLost(VmId Vm, uint Epoch, int Incarnation) : IWireMessage;

    /// <summary>Device model to HSM: every device knows that its registrations are lost.</summary>
    public sealed record RegistrationsTold(VmId Vm, uint Epoch, int Incarnation) : IWireMessage;

    /// <summary>HSM to the sender of a registration.</summary>
    public sealed record RegistrationResult(VmId Vm, uint Epoch, long Id, Errno Result) : IWireMessage;

    /// <summary>
    /// HSM to a doorbell's listener: its counter stands at <paramref name="Count"/>. At most <see cref="VmLimits.DoorbellCredit"/> are on their way; more signals only
    /// raise the counter, as an eventfd's. Repeated while unacknowledged.
    /// </summary>
    public sealed record DoorbellSignal(VmId Vm, uint Epoch, ulong Cookie, ulong Count) : IWireMessage;

    /// <summary>Listener to HSM: signals up to <paramref name="Count"/> are handled. Sent when the count handled since the last acknowledgement reaches half the credit, and for every repeated signal.</summary>
    public sealed record DoorbellDrained(VmId Vm, uint Epoch, ulong Cookie, ulong Count) : IWireMessage;

    /// <summary>Device to HSM: an irqfd's eventfd is signalled. <paramref name="Sequence"/> counts from 1 per cookie. Acknowledged by <see cref="InterruptHop.InterruptSeen"/>; <paramref name="Oldest"/> as in <see cref="InterruptHop.InjectMsi"/>.</summary>
    public sealed record SignalIrqfd(VmId Vm, uint Epoch, ulong Cookie, ulong Sequence, ulong Oldest = 0) : IWireMessage;
}

/// <summary>Flags of ioctl IOEVENTFD. The numbers are the ABI's.</summary>
[Flags]
public enum IoeventfdFlags : uint
{
    /// <summary>MMIO, any value, assign.</summary>
    None = 0,

    /// <summary>Port I/O.</summary>
    Pio = 1,

    /// <summary>Signal only when the value written equals the data.</summary>
    DataMatch = 2,

    /// <summary>Remove.</summary>
    Deassign = 4,

    /// <summary>Use the asyncio fast path where it can hold the entry.</summary>
    Asyncio = 8,
}
