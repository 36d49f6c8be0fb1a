namespace Actors.Hypervisor;

/// <summary>What a VM's core dropped or refused. Nothing that a guest or a peer sends is dropped without standing here.</summary>
internal sealed class VmCounters
{
    /// <summary>Exits, completions, interrupts and the like of another epoch.</summary>
    public long StaleEpoch { get; set; }

    /// <summary>Exits older than the last one of their vCPU.</summary>
    public long StaleExits { get; set; }

    /// <summary>Exits that came again.</summary>
    public long RepeatedExits { get; set; }

    /// <summary>Exits that overtook an acceptance of their vCPU: they come again, behind it.</summary>
    public long EarlyExits { get; set; }

    /// <summary>Acceptances of vectors that aren't offered, or not by that number.</summary>
    public long StaleAcceptances { get; set; }

    /// <summary>Exits that began while the vCPU's last one was outstanding.</summary>
    public long OverlappingExits { get; set; }

    /// <summary>Messages naming a vCPU that the VM doesn't have.</summary>
    public long NoSuchVcpu { get; set; }

    /// <summary>What came while the VM wasn't running: nothing of it reaches the guest (ZOMBIE).</summary>
    public long WhileNotRunning { get; set; }

    /// <summary>Accesses of a size or address that no engine may send.</summary>
    public long MalformedAccesses { get; set; }

    /// <summary>Accesses that a device inside the hypervisor refused, or that straddle one.</summary>
    public long RefusedAccesses { get; set; }

    /// <summary>Writes to write-protected pages, ignored.</summary>
    public long WriteProtectFaults { get; set; }

    /// <summary>Exits that waited for room in the asyncio ring.</summary>
    public long Parked { get; set; }

    /// <summary>Looks at a slot that answer no question.</summary>
    public long StalePolls { get; set; }

    /// <summary>INIT and SIPI to vCPUs that run.</summary>
    public long IgnoredStartups { get; set; }

    /// <summary>Upcalls raised again.</summary>
    public long RepeatedUpcalls { get; set; }

    /// <summary>Messages of a service side that was replaced, refused.</summary>
    public long FencedService { get; set; }

    /// <summary>Asyncio kicks sent again.</summary>
    public long RepeatedKicks { get; set; }
}
