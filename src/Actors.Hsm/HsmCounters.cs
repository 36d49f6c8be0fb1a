namespace Actors.Hsm;

/// <summary>What the HSM dropped, refused or put right for one VM. Nothing is dropped without a number here going up.</summary>
internal sealed class HsmCounters
{
    /// <summary>Messages of another epoch than the VM's.</summary>
    public long StaleEpoch;

    /// <summary>Requests older than the last one of their vCPU, and completions for another request than the one in hand.</summary>
    public long StaleSequence;

    /// <summary>Requests, polls and completions for a vCPU that the VM hasn't got (H1).</summary>
    public long VcpuOutOfRange;

    /// <summary>Newer requests of a vCPU whose last one is still in hand: refused, the hypervisor raises them again.</summary>
    public long SlotBusy;

    /// <summary>Requests that came again.</summary>
    public long Repeated;

    /// <summary>Completions of a slot that isn't PROCESSING, or not by this client (H6).</summary>
    public long NotProcessing;

    /// <summary>Requests completed with ones or ignored because nobody serves them (H13).</summary>
    public long Unclaimed;

    /// <summary>Requests that a client's handler failed on (H8).</summary>
    public long ClientErrors;

    /// <summary>Requests completed by clearing (also for clients that outlasted its budget) or because their client was destroyed (H4).</summary>
    public long Cleared;

    /// <summary>Writes into the ioeventfd client's ranges that no entry matches: ACRN swallows them, here the default client gets them.</summary>
    public long IoeventfdMisses;

    /// <summary>Kicks and acknowledgements of doorbells that don't exist, and acknowledgements of what was never sent.</summary>
    public long UnknownDoorbell;

    /// <summary>Signals of irqfds that don't exist.</summary>
    public long UnknownIrqfd;

    /// <summary>Asyncio kicks out of order.</summary>
    public long AsyncioGaps;

    /// <summary>Descriptors that the hypervisor refused; their doorbells work as ordinary ioeventfds.</summary>
    public long AsyncioRefused;

    /// <summary>Upcalls that came while a restarted HSM waited for the page; the page has them.</summary>
    public long WhileRebuilding;

    /// <summary>Answers that nobody waits for.</summary>
    public long StaleAnswers;
}
