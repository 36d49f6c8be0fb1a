namespace Actors.Protocol;

/// <summary>Bounds of one VM that more than one room must agree on.</summary>
public static class VmLimits
{
    /// <summary>Slots of the I/O request page and so vCPUs of a VM.</summary>
    public const int MaxVcpus = 16;

    /// <summary>HYPERVISOR_CALLBACK_VECTOR.</summary>
    public const byte DefaultUpcallVector = 0xF3;

    /// <summary>Asyncio descriptors of a VM (ACRN_ASYNCIO_MAX).</summary>
    public const int MaxAsyncioDescriptors = 64;

    /// <summary>Cookies that fit into the asyncio ring: (4096-64)/8 elements, one kept free.</summary>
    public const int AsyncioRingCapacity = 503;

    /// <summary>ioeventfd entries of a VM; ACRN has no bound.</summary>
    public const int MaxIoeventfds = 1024;

    /// <summary>irqfd entries of a VM.</summary>
    public const int MaxIrqfds = 1024;

    /// <summary>Doorbell signals on their way to one queue; more only count (an eventfd's counter).</summary>
    public const int DoorbellCredit = 64;

    /// <summary>End of the low RAM region; the rest starts at <see cref="HighRamStart"/>.</summary>
    public const ulong LowRamEnd = 0x8000_0000;

    /// <summary>Start of the high RAM region.</summary>
    public const ulong HighRamStart = 0x1_0000_0000;
}
