namespace Actors.Hsm;

/// <summary>What the page says to a request that arrives.</summary>
internal enum PageVerdict
{
    /// <summary>New: the slot is PENDING now.</summary>
    Accepted,

    /// <summary>The same request is PENDING or PROCESSING.</summary>
    InHand,

    /// <summary>The same request is COMPLETE.</summary>
    Finished,

    /// <summary>Older than the last request of its vCPU.</summary>
    Stale,

    /// <summary>Newer, but the last request of its vCPU is still in hand. The hypervisor raises it again.</summary>
    SlotBusy,

    /// <summary>No such vCPU.</summary>
    OutOfRange,
}
