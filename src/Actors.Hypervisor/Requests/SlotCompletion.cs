namespace Actors.Hypervisor;

/// <summary>What the slots make of a completion that arrives.</summary>
internal enum SlotCompletion : byte
{
    /// <summary>PENDING to COMPLETE; post-work is due.</summary>
    Accepted,

    /// <summary>Of another epoch, or of no request that is outstanding: dropped and counted.</summary>
    Stale,

    /// <summary>Of the request that was completed last: dropped and counted.</summary>
    Duplicate,

    /// <summary>Of a vCPU that the VM doesn't have: dropped and counted.</summary>
    NoSuchVcpu,
}
