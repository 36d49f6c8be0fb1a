namespace Actors.DeviceModel;

/// <summary>What a guest did that its device can't or need not carry out. Counted, and reported at a bounded rate.</summary>
/// <param name="Kind">Which rule was broken.</param>
/// <param name="Queue">Queue index, or -1.</param>
/// <param name="Value">The offending value, for the report.</param>
internal readonly record struct GuestFault(GuestFaultKind Kind, int Queue = -1, ulong Value = 0);

/// <summary>Kinds of guest faults; the rows of the behaviour table (docs/behaviour.md) name them.</summary>
internal enum GuestFaultKind
{
    /// <summary>Available index ran ahead by more than the queue size, or back.</summary>
    AvailableIndexJump,

    /// <summary>Available ring entry names no descriptor.</summary>
    HeadOutOfRange,

    /// <summary>A head that is still in flight was made available again.</summary>
    HeadInFlight,

    /// <summary>A next field names no descriptor.</summary>
    NextOutOfRange,

    /// <summary>A chain is longer than its queue: a loop, or too long.</summary>
    ChainTooLong,

    /// <summary>A readable descriptor follows a writable one.</summary>
    ReadableAfterWritable,

    /// <summary>A buffer is not wholly in RAM.</summary>
    BufferOutsideRam,

    /// <summary>Ring memory is not (or no longer) in RAM.</summary>
    RingOutsideRam,

    /// <summary>INDIRECT without negotiation.</summary>
    IndirectNotNegotiated,

    /// <summary>INDIRECT within an indirect table, or together with NEXT.</summary>
    IndirectNested,

    /// <summary>Length of an indirect table is 0, no multiple of 16, or too long.</summary>
    IndirectLength,

    /// <summary>A buffer of the wrong direction on this queue.</summary>
    WrongDirection,

    /// <summary>A control message that is too short.</summary>
    ControlTooShort,

    /// <summary>A control message about a port that doesn't exist.</summary>
    ControlUnknownPort,

    /// <summary>A control event that a driver may not send.</summary>
    ControlUnknownEvent,

    /// <summary>A register access of wrong width, offset or direction.</summary>
    RegisterAccess,

    /// <summary>A register value that can't be taken.</summary>
    RegisterValue,

    /// <summary>A kick of a queue that doesn't exist or isn't ready.</summary>
    SpuriousKick,

    /// <summary>What a device that a user brought along says is against its rules.</summary>
    DeviceRule,
}
