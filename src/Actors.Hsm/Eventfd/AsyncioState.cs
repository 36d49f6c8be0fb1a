namespace Actors.Hsm;

/// <summary>Where an ioeventfd entry stands with the hypervisor's asyncio table.</summary>
internal enum AsyncioState : byte
{
    /// <summary>Nobody asked, or the hypervisor refused: the entry works by its range alone.</summary>
    None,

    /// <summary>The hypervisor is asked.</summary>
    Asked,

    /// <summary>The hypervisor has it.</summary>
    Held,
}
