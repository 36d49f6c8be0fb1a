using System.Collections.Immutable;
using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Row 1: a vCPU stopped with an access.</summary>
public sealed record IoExitEvent : HopEvent
{
    /// <summary>The access.</summary>
    public IoAccess Access { get; init; }

    /// <inheritdoc/>
    public override string Detail => Access.ToString();
}

/// <summary>Row 2: the hypervisor looked an access up, or one of its own devices served it.</summary>
public sealed record EmulationEvent : HopEvent
{
    /// <summary>The access.</summary>
    public IoAccess Access { get; init; }

    /// <summary>What was read or written, where a device of the hypervisor served it.</summary>
    public ulong Value { get; init; }

    /// <summary>The hypervisor's device that served it; null: it only was looked up.</summary>
    public string? Handler { get; init; }

    /// <inheritdoc/>
    public override string Detail => Handler is null ? Access.ToString() : string.Create(CultureInfo.InvariantCulture, $"{Handler}: {Access}");
}

/// <summary>Rows 3, 6 and 7: a request went into its slot, was dispatched, or a client took it.</summary>
public sealed record IoRequestEvent : HopEvent
{
    /// <summary>The access.</summary>
    public IoAccess Access { get; init; }

    /// <summary>The client that was chosen; null before one is.</summary>
    public string? Client { get; init; }

    /// <inheritdoc/>
    public override string Detail => Client is null ? Access.ToString() : $"{Client}: {Access}";
}

/// <summary>Rows 4 and 5: the HSM's vector was injected, or arrived.</summary>
public sealed record UpcallEvent : HopEvent
{
    /// <summary>The vector; 0 for the queued work that it led to.</summary>
    public byte Vector { get; init; }

    /// <summary>True when it was raised again because no answer came.</summary>
    public bool IsRepeat { get; init; }

    /// <inheritdoc/>
    public override string Detail => (Vector == 0 ? string.Empty : $"vector 0x{Vector:x2}") + (IsRepeat ? " again" : string.Empty);
}

/// <summary>Rows 7 to 9: a client was made, a doorbell registered, its signal raised (ioeventfd or asyncio) or received by the device.</summary>
public sealed record DoorbellEvent : HopEvent
{
    /// <summary>The address that is registered or was written, where it is known.</summary>
    public IoAccess Access { get; init; }

    /// <summary>The doorbell's cookie (registration, signal), or the queue that is kicked (<see cref="PathHop.IothreadHandler"/>).</summary>
    public long Number { get; init; }

    /// <inheritdoc/>
    public override string Detail => Hop == PathHop.IothreadHandler
        ? string.Create(CultureInfo.InvariantCulture, $"queue {Number}")
        : string.Create(CultureInfo.InvariantCulture, $"cookie 0x{Number:x}{(Access.Size == 0 ? string.Empty : $" {Access}")}");
}

/// <summary>A client of a VM's HSM was made.</summary>
public sealed record ClientEvent : HopEvent
{
    /// <summary>Its name.</summary>
    public string Client { get; init; } = string.Empty;

    /// <inheritdoc/>
    public override string Detail => Client;
}

/// <summary>Row 10: a register access that went the slow way to the device model.</summary>
public sealed record RegisterEvent : HopEvent
{
    /// <summary>The access.</summary>
    public IoAccess Access { get; init; }

    /// <summary>Offset in the BAR or in configuration space, bytes.</summary>
    public long Offset { get; init; }

    /// <inheritdoc/>
    public override string Detail => Hop == PathHop.VmLoop ? Access.ToString() : string.Create(CultureInfo.InvariantCulture, $"{Device} +0x{Offset:x}: {Access}");
}

/// <summary>Row 11: a queue was notified.</summary>
public sealed record NotifyEvent : HopEvent
{
    /// <summary>Index of the queue.</summary>
    public int Queue { get; init; }

    /// <inheritdoc/>
    public override string Detail => string.Create(CultureInfo.InvariantCulture, $"{Device} queue {Queue}");
}

/// <summary>Row 12: a port's call-back: a control message, or bytes to or from its backend.</summary>
public sealed record CallbackEvent : HopEvent
{
    /// <summary>Name of the port of a data port; of a control message its word.</summary>
    public string Subject { get; init; } = string.Empty;

    /// <summary>Bytes that were moved; of a control message the port's id.</summary>
    public long Count { get; init; }

    /// <inheritdoc/>
    public override string Detail => Hop is PathHop.BackendWrite or PathHop.BackendRead
        ? string.Create(CultureInfo.InvariantCulture, $"port {Subject}, {Count} B")
        : string.Create(CultureInfo.InvariantCulture, $"{Subject} of port {Count}");
}

/// <summary>Row 13: bytes went through a backend. Both directions.</summary>
public sealed record ByteEvent : HopEvent
{
    /// <summary>Index of the port within its device.</summary>
    public int Port { get; init; }

    /// <summary>True: from the guest to the outside; false: from the outside to the guest.</summary>
    public bool IsOutput { get; init; }

    /// <summary>The bytes, all of them.</summary>
    public ImmutableArray<byte> Bytes { get; init; } = [];

    /// <summary>The bytes as text (UTF-8).</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Bytes.AsSpan());

    /// <inheritdoc/>
    public override string Detail => $"{(IsOutput ? "to" : "from")} the outside of port {Port}: {HopText.Quote(Bytes.AsSpan())}";

    /// <inheritdoc/>
    public override HopLane Lane => HopLane.Backend;
}

/// <summary>What happened at a backend beside bytes: refused, failed, connected, left.</summary>
public sealed record BackendStateEvent : HopEvent
{
    /// <summary>Index of the port within its device.</summary>
    public int Port { get; init; }

    /// <summary>What happened.</summary>
    public BackendEventKind Change { get; init; }

    /// <inheritdoc/>
    public override string Detail => string.Create(CultureInfo.InvariantCulture, $"port {Port}: {Change}");

    /// <inheritdoc/>
    public override HopLane Lane => HopLane.Backend;
}

/// <summary>Row 14: a request is finished; its slot is free; its vCPU goes on.</summary>
public sealed record CompletionEvent : HopEvent
{
    /// <summary>The access.</summary>
    public IoAccess Access { get; init; }

    /// <summary>What a read gave, where the step knows it.</summary>
    public ulong Value { get; init; }

    /// <inheritdoc/>
    public override string Detail => Access.IsWrite ? Access.ToString() : string.Create(CultureInfo.InvariantCulture, $"{Access} = 0x{Value:x}");
}

/// <summary>Row 15: a used index was published.</summary>
public sealed record UsedEvent : HopEvent
{
    /// <summary>Index of the queue.</summary>
    public int Queue { get; init; }

    /// <inheritdoc/>
    public override string Detail => string.Create(CultureInfo.InvariantCulture, $"{Device} queue {Queue}");
}

/// <summary>Row 15: an interrupt on its way: out of the device, through an irqfd, into the hypervisor, at a vCPU.</summary>
public sealed record InterruptEvent : HopEvent
{
    /// <summary>Vector at the vCPU; MSI data, line or cookie before.</summary>
    public long Number { get; init; }

    /// <summary><c>MSI-X</c> or <c>INTx</c> at the device, a controller's name in the hypervisor; null where it isn't said.</summary>
    public string? Means { get; init; }

    /// <inheritdoc/>
    public override string Detail => Hop == PathHop.VcpuInterrupt
        ? string.Create(CultureInfo.InvariantCulture, $"vCPU {Vcpu} vector 0x{Number:x2}")
        : string.Create(CultureInfo.InvariantCulture, $"{(Means is null ? string.Empty : Means + " ")}0x{Number:x}");
}

/// <summary>An edge of a slot of the I/O request page.</summary>
public sealed record SlotEvent : HopEvent
{
    /// <summary>The VM's epoch.</summary>
    public uint Epoch { get; init; }

    /// <summary>State before.</summary>
    public IoRequestSlotState From { get; init; }

    /// <summary>State after.</summary>
    public IoRequestSlotState To { get; init; }

    /// <summary>Who took the edge.</summary>
    public SlotOwner Owner { get; init; }

    /// <summary>Whose copy of the page.</summary>
    public SlotView View { get; init; }

    /// <inheritdoc/>
    public override string Detail => string.Create(CultureInfo.InvariantCulture, $"{From} -> {To} by {Owner} ({View})");

    /// <inheritdoc/>
    public override HopLane Lane => View == SlotView.Service ? HopLane.Hsm : HopLane.Hypervisor;
}

/// <summary>A fault struck, had an effect, healed, or was recovered from.</summary>
public sealed record FaultHopEvent : HopEvent
{
    /// <summary>Id of the rule.</summary>
    public string Rule { get; init; } = string.Empty;

    /// <summary>Row of the taxonomy, such as <c>F01</c>.</summary>
    public string Row { get; init; } = string.Empty;

    /// <summary>Site, such as <c>irq.raise</c>.</summary>
    public string Site { get; init; } = string.Empty;

    /// <summary>What it does there, such as <c>drop</c>.</summary>
    public string Act { get; init; } = string.Empty;

    /// <summary>Path below <c>/user</c> of who is hit, or of who was at work where nobody in particular is; null where that isn't known.</summary>
    public string? Target { get; init; }

    /// <summary>What happened to it.</summary>
    public FaultEventKind Change { get; init; }

    /// <inheritdoc/>
    public override string Detail => $"{Row} {Rule} at {Site}: {Change}";

    /// <inheritdoc/>
    private protected override string Kind => "Fault";
}

/// <summary>An actor crashed, or what followed it.</summary>
public sealed record LifeEvent : HopEvent
{
    /// <summary>Path below <c>/user</c>.</summary>
    public string Actor { get; init; } = string.Empty;

    /// <summary>What happened.</summary>
    public LifeChange Change { get; init; }

    /// <summary>0 for the first life, one more with each restart.</summary>
    public int Incarnation { get; init; }

    /// <summary>Why, or null.</summary>
    public string? Reason { get; init; }

    /// <inheritdoc/>
    public override string Detail => $"{Actor} {Change}{(Reason is null ? string.Empty : $": {Reason}")}";

    /// <inheritdoc/>
    public override HopLane Lane => Actor.StartsWith("hsm", StringComparison.Ordinal) ? HopLane.Hsm
        : Actor.Contains("/port-", StringComparison.Ordinal) ? HopLane.Port
        : Actor.StartsWith("device-model", StringComparison.Ordinal) ? HopLane.DeviceModel
        : Actor.Contains("/vcpu-", StringComparison.Ordinal) ? HopLane.Guest
        : HopLane.Hypervisor;
}

/// <summary>A port gave up output of its guest.</summary>
public sealed record DropEvent : HopEvent
{
    /// <summary>Name of the port.</summary>
    public string Port { get; init; } = string.Empty;

    /// <summary>Position of the first byte in what the guest sent, from 0; -1 for emergency writes.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes.</summary>
    public long Length { get; init; }

    /// <summary>Why.</summary>
    public DropReason Reason { get; init; }

    /// <inheritdoc/>
    public override string Detail => string.Create(CultureInfo.InvariantCulture, $"port {Port}: {Length} B from {Offset}, {Reason}");

    /// <inheritdoc/>
    public override HopLane Lane => HopLane.Port;
}
