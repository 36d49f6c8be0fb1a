using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A message was given to a link or mailbox.</summary>
/// <param name="Site">The link; null for a tell that is no hop (to oneself, life cycle inside a room, timers).</param>
/// <param name="From">Number of the sender; -1: none.</param>
/// <param name="To">Number of the receiver.</param>
/// <param name="Message">The message; immutable.</param>
/// <param name="IsDelivered">False when a fault took it, delays it, or holds it; a delayed one is sent again later with <see cref="IsLate"/>.</param>
/// <param name="IsLate">True when a fault let it wait or made it a copy.</param>
public readonly record struct SendEvent(LinkSite? Site, int From, int To, object Message, bool IsDelivered, bool IsLate);

/// <summary>An actor took a message from its mailbox. The moment's cause is the send.</summary>
/// <param name="Actor">Number of the actor.</param>
/// <param name="Message">The message.</param>
public readonly record struct ReceiveEvent(int Actor, object Message);

/// <summary>One access to guest RAM.</summary>
/// <param name="Vm">Whose RAM.</param>
/// <param name="Who">The device model, the guest, or a fault.</param>
/// <param name="IsWrite">Direction.</param>
/// <param name="Address">Guest-physical address.</param>
/// <param name="Length">Bytes.</param>
/// <param name="IsRefused">True when the address is no RAM, or a fault refused it.</param>
public readonly record struct MemoryEvent(VmId Vm, MemoryUser Who, bool IsWrite, ulong Address, int Length, bool IsRefused);

/// <summary>Who accesses guest RAM.</summary>
public enum MemoryUser : byte
{
    /// <summary>A device of the device model.</summary>
    Device,

    /// <summary>The guest's vCPUs.</summary>
    Guest,

    /// <summary>An injected fault.</summary>
    Fault,
}

/// <summary>What happened at a port's backend.</summary>
/// <param name="Vm">Whose port.</param>
/// <param name="Device">Its device.</param>
/// <param name="Port">Index of the port.</param>
/// <param name="Kind">What.</param>
/// <param name="Count">Bytes moved, for Accepted and Given; bytes fed, for Fed.</param>
/// <param name="Incarnation">Number of the port actor's incarnation that called, from 1; 0: the outside.</param>
/// <param name="Position">With DroppedOutput: position of the first byte in what came through the port's queue; -1 for emergency writes.</param>
/// <param name="Reason">With DroppedOutput: why.</param>
public readonly record struct BackendEvent(
    VmId Vm, Bdf Device, int Port, BackendEventKind Kind, int Count, int Incarnation, long Position = -1, DropReason Reason = DropReason.BufferFull)
{
    /// <summary>In a cluster: token of the owner that called; else 0.</summary>
    public ulong Token { get; init; }
}

/// <summary>What happens at backends.</summary>
public enum BackendEventKind : byte
{
    /// <summary>The backend took output bytes (they come with the event).</summary>
    Accepted,

    /// <summary>The backend gave input bytes (they come with the event).</summary>
    Given,

    /// <summary>The outside put input there (the bytes come with the event).</summary>
    Fed,

    /// <summary>A call moved nothing: would block, nobody there, full.</summary>
    Refused,

    /// <summary>A call failed for good.</summary>
    Failed,

    /// <summary>The outside connected.</summary>
    Connected,

    /// <summary>The outside left.</summary>
    Disconnected,

    /// <summary>The port said that it gave up a run of output: Count bytes, always the oldest that it had.</summary>
    DroppedOutput,

    /// <summary>The backend was closed.</summary>
    Closed,

    /// <summary>The file behind it is another one from now on: moved away, deleted or replaced.</summary>
    Replaced,

    /// <summary>The file behind it lost what was in it.</summary>
    Truncated,

    /// <summary>It refused an owner because a later one was there.</summary>
    Fenced,

    /// <summary>In a cluster: an owner opened it.</summary>
    Opened,
}

/// <summary>A fault fired, had an effect, or healed.</summary>
/// <param name="Rule">Index of the rule in the plan.</param>
/// <param name="Kind">Which.</param>
/// <param name="Occurrence">Number of the visit at the rule's site at which it fired, from 1: with the rule it identifies the firing.</param>
/// <param name="Target">Number of the actor hit, or -1.</param>
/// <param name="Detail">A number that belongs to the action (delay in ticks, bytes, errno, bit).</param>
public readonly record struct FaultEvent(int Rule, FaultEventKind Kind, long Occurrence, int Target, long Detail);

/// <summary>The life of a fault.</summary>
public enum FaultEventKind : byte
{
    /// <summary>The rule decided to act.</summary>
    Fired,

    /// <summary>Something changed because of it (a message really was lost, a byte really differed).</summary>
    Effective,

    /// <summary>What it broke was repaired (the link is plain again, the actor runs again).</summary>
    Healed,

    /// <summary>The system made up for it: what it delayed or lost has happened after all.</summary>
    Recovered,
}

/// <summary>Phases of a run.</summary>
public enum WorldPhase : byte
{
    /// <summary>Machines are made; no faults.</summary>
    Begin,

    /// <summary>Faults fire.</summary>
    Safety,

    /// <summary>All faults are healed; scheduling is fair; what was promised must happen.</summary>
    Liveness,

    /// <summary>The run is over: final checks.</summary>
    End,
}
