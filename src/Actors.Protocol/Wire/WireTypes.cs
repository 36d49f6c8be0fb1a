using System.Collections.Immutable;
using Akka.Actor;

namespace Actors.Protocol;

/// <summary>
/// The closed list of what crosses between nodes. A type's position is its number on the wire, so nodes that talk must have the same list; they find out
/// by <see cref="WireSchema.Fingerprint"/>. A test says when a message or a part of one is missing here.
/// </summary>
internal static class WireTypes
{
    /// <summary>Messages: what a byte sequence may be as a whole.</summary>
    public static readonly ImmutableArray<Type> Messages =
    [
        typeof(GuestHop.IoExit), typeof(GuestHop.VcpuEnded), typeof(GuestHop.VcpuPaused), typeof(GuestHop.VcpuRuns), typeof(GuestHop.IoCompletion),
        typeof(GuestHop.InterruptDelivery), typeof(GuestHop.InterruptAccepted), typeof(GuestHop.InterruptHeld), typeof(GuestHop.AcceptancesSeen), typeof(GuestHop.RunVcpu), typeof(GuestHop.PauseVcpu),

        typeof(UpcallHop.Upcall), typeof(UpcallHop.RequestFinished), typeof(UpcallHop.PollSlot), typeof(UpcallHop.SlotSeen),
        typeof(UpcallHop.AsyncioKick), typeof(UpcallHop.AsyncioDrained), typeof(UpcallHop.SetAsyncio), typeof(UpcallHop.AsyncioResult),
        typeof(UpcallHop.PageLost), typeof(UpcallHop.PageState),

        typeof(DispatchHop.DispatchRequest), typeof(DispatchHop.RequestDone), typeof(DispatchHop.SetIoeventfd), typeof(DispatchHop.SetIrqfd),
        typeof(DispatchHop.RegistrationResult), typeof(DispatchHop.DoorbellSignal), typeof(DispatchHop.DoorbellDrained),
        typeof(DispatchHop.SignalIrqfd), typeof(DispatchHop.RegistrationsLost), typeof(DispatchHop.RegistrationsTold),

        typeof(InterruptHop.InjectMsi), typeof(InterruptHop.SetIrqLine), typeof(InterruptHop.InterruptSeen),

        typeof(ControlHop.CreateVm), typeof(ControlHop.VmCreated), typeof(ControlHop.VmCommand), typeof(ControlHop.VmCommandResult),
        typeof(ControlHop.VmEvent), typeof(ControlHop.AdoptVm), typeof(ControlHop.VmAdopted), typeof(ControlHop.HsmMoved), typeof(ControlHop.HsmTaken),
        typeof(ControlHop.ServiceFenced),

        typeof(MachineHop.LaunchVm), typeof(MachineHop.VmStarted), typeof(MachineHop.VmRefused), typeof(MachineHop.StopVm),
        typeof(MachineHop.VmEnded), typeof(MachineHop.AdoptVm), typeof(MachineHop.AdoptionRefused), typeof(MachineHop.VmSuperseded), typeof(MachineHop.VmNotice), typeof(MachineHop.VmDrained), typeof(MachineHop.VmFenced), typeof(MachineHop.RaiseFence),

        typeof(MemoryHop.Exchange), typeof(MemoryHop.Exchanged), typeof(MemoryHop.ReadRecords), typeof(MemoryHop.Records),

        typeof(ClusterHop.StartVm), typeof(ClusterHop.StopVm), typeof(ClusterHop.VmUp), typeof(ClusterHop.VmDown), typeof(ClusterHop.VmSeen),
        typeof(ClusterHop.ReadNode), typeof(ClusterHop.NodeState), typeof(ClusterHop.ReadMembers), typeof(ClusterHop.Members),
        typeof(LedgerHop.Entries), typeof(LedgerHop.EntriesSeen), typeof(LedgerHop.Counts), typeof(LedgerHop.Revive),
        typeof(LeaseHop.Renew), typeof(LeaseHop.Granted), typeof(LeaseHop.Settle), typeof(LeaseHop.Settled),
    ];

    /// <summary>Parts of messages.</summary>
    public static readonly ImmutableArray<Type> Parts =
    [
        typeof(IActorRef),
        typeof(ImmutableArray<byte>), typeof(ImmutableArray<string>), typeof(ImmutableArray<IoRequest>), typeof(ImmutableArray<ConsoleDeviceSpec>), typeof(ImmutableArray<OwnDeviceSpec>),
        typeof(ImmutableArray<ConsolePortSpec>), typeof(ImmutableArray<PortReport>), typeof(ImmutableArray<LatencyCount>),
        typeof(ImmutableArray<StoredRecord>),
        typeof(ImmutableArray<VmEntry>), typeof(ImmutableArray<VmCounts>),

        typeof(VmId), typeof(FencingToken), typeof(Bdf), typeof(Errno),
        typeof(IoRequest), typeof(IoAccess), typeof(IoRequestType), typeof(IoDirection), typeof(IoRequestSlotState), typeof(IoOutcome),
        typeof(AsyncioDescriptor), typeof(IoeventfdFlags), typeof(IrqLineOperation),
        typeof(VmSpec), typeof(GuestSpec), typeof(ConsoleDeviceSpec), typeof(OwnDeviceSpec), typeof(ConsolePortSpec), typeof(PortPolicy),
        typeof(VirtioTransportKind), typeof(BackendKind), typeof(SocketRole), typeof(PortPolicyKind),
        typeof(VmCommandKind), typeof(VmServiceState), typeof(VmEventKind), typeof(VmEnd), typeof(PortReport), typeof(VmPlacement), typeof(VmLoss), typeof(LatencyCount),
        typeof(ExchangeResult), typeof(StoredRecord),
        typeof(VmEntry), typeof(VmEntryState), typeof(VmCounts),
    ];

    /// <summary>Everything, in the order of the numbers.</summary>
    public static readonly ImmutableArray<Type> All = [.. Messages, .. Parts];

    private static readonly Dictionary<Type, ushort> Numbers = All.Select((type, index) => (type, index)).ToDictionary(pair => pair.type, pair => (ushort)pair.index);

    /// <summary>The number of a type; false for a stranger. Whatever stands behind an <see cref="IActorRef"/> has the number of the interface.</summary>
    public static bool TryNumber(Type type, out ushort number) =>
        Numbers.TryGetValue(typeof(IActorRef).IsAssignableFrom(type) ? typeof(IActorRef) : type, out number);
}
