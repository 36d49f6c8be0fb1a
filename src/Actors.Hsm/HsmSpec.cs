namespace Actors.Hsm;

/// <summary>Numbers of ACRN's HSM driver, and the bounds that it lacks.</summary>
public static class HsmSpec
{
    /// <summary>Longest name of a client (ACRN's field has 16 bytes with the final zero).</summary>
    public const int MaxClientName = 15;

    /// <summary>Name of the default client, which the device model serves.</summary>
    public const string DefaultClientName = "acrndm";

    /// <summary>Start of the ioeventfd client's name; the VM's number follows.</summary>
    public const string IoeventfdClientPrefix = "ioeventfd-";

    /// <summary>Clients of a VM, the default one not counted. ACRN has no bound.</summary>
    public const int MaxClients = 8;

    /// <summary>Ranges of one client: room for every ioeventfd. ACRN has no bound.</summary>
    public const int MaxRangesPerClient = 1024;

    /// <summary>Milliseconds that clearing waits for clients other than the default one (ACRN: 10 rounds of 10 ms).</summary>
    public const int ClearingMilliseconds = 100;

    /// <summary>Milliseconds for which a destroyed VM still repeats its last answers before its actor is gone.</summary>
    public const int LingerMilliseconds = 2000;

    /// <summary>Asyncio kicks after which the hypervisor hears that its ring is drained.</summary>
    public const int AsyncioDrainedEvery = 64;

    /// <summary>Results of commands that are remembered for repeats.</summary>
    internal const int RememberedCommands = 8;

    /// <summary>Deassigns that are remembered for repeats.</summary>
    internal const int RememberedRemovals = 16;

    /// <summary>A doorbell of the HSM's n-th incarnation counts from n times two to this power.</summary>
    internal const int IncarnationShift = 40;

    /// <summary>Where an eventfd's counter stands still (2^64-2).</summary>
    internal const ulong MaxEventfdCount = ulong.MaxValue - 1;
}
