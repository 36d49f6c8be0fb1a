namespace Actors.Hypervisor;

/// <summary>What came of offering an access to the devices inside the hypervisor.</summary>
internal enum EmulationResult : byte
{
    /// <summary>No device here, or the device says "not mine" (-ENODEV): look further.</summary>
    NotMine,

    /// <summary>Served.</summary>
    Done,

    /// <summary>Refused (-EIO, -EINVAL): #GP in the guest, and nothing else is tried.</summary>
    Refused,

    /// <summary>Served, and the vCPU stays blocked: it asked for its machine's end.</summary>
    Held,
}
