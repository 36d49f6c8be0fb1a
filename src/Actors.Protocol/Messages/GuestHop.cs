namespace Actors.Protocol;

/// <summary>
/// Between a vCPU actor and its parent, the VM's hypervisor actor. Everything carries the VM's epoch; a receiver drops what carries another one.
/// A vCPU has at most one exit outstanding and is blocked while it has.
/// <para>Interrupts are a handshake, since the guest's EOI for one vector may be on its way while the next is. The hypervisor offers
/// (<see cref="InterruptDelivery"/>), the vCPU says so when its guest takes the vector (<see cref="InterruptAccepted"/>), and only then does the vector go to ISR.</para>
/// <para>The rule that neither loses nor doubles: offers of a vCPU are numbered from 1 in an epoch, and of each class (vector / 16) there is at most one outstanding.
/// The hypervisor repeats an outstanding offer unchanged, until it is accepted or the vCPU says that it holds it (<see cref="InterruptHeld"/>): a guest that takes nothing keeps no timer. From then on the
/// vCPU answers for it, and repeats its acceptance until <see cref="AcceptancesSeen"/>. To the vCPU a higher number than the class's last is a new offer; the last one again is dropped while
/// it is pending and has its acceptance repeated once it was taken; a lower one is stale. The hypervisor applies an acceptance whose number and vector are
/// outstanding and drops any other. An exit says how many vectors were taken before it (<see cref="IoExit.Taken"/>): the hypervisor doesn't look at one that is
/// ahead of the acceptances, and a vCPU that repeats an exit repeats before it the acceptances since its last answered exit.</para>
/// </summary>
public static class GuestHop
{
    /// <summary>vCPU to hypervisor: the engine stopped with an access. Repeated unchanged while unanswered.</summary>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Request">The access.</param>
    /// <param name="Taken">Vectors that this vCPU took before, in this epoch. The exit isn't looked at before as many acceptances have come.</param>
    public sealed record IoExit(uint Epoch, IoRequest Request, uint Taken = 0) : IWireMessage;

    /// <summary>vCPU to hypervisor: the guest took an offered vector. Sent before every exit that follows from it; repeated with the exit, or when the offer is.</summary>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Vcpu">Which.</param>
    /// <param name="Sequence">Of the offer.</param>
    /// <param name="Vector">Of the offer.</param>
    /// <param name="Confirm">True to be answered by <see cref="AcceptancesSeen"/>.</param>
    public sealed record InterruptAccepted(uint Epoch, int Vcpu, ulong Sequence, byte Vector, bool Confirm = false) : IWireMessage;

    /// <summary>vCPU to hypervisor: an offer that came again is pending here; its guest doesn't take it now.</summary>
    public sealed record InterruptHeld(uint Epoch, int Vcpu, ulong Sequence) : IWireMessage;

    /// <summary>Hypervisor to vCPU: so many acceptances of this epoch are applied.</summary>
    public sealed record AcceptancesSeen(uint Epoch, uint Taken) : IWireMessage;

    /// <summary>vCPU to hypervisor: the engine will run no more in this epoch. Repeated until <see cref="PauseVcpu"/> says that it was heard.</summary>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Vcpu">Which.</param>
    /// <param name="Fault">Null when its program ended (halted for ever); else what went wrong, one line (a triple fault).</param>
    public sealed record VcpuEnded(uint Epoch, int Vcpu, string? Fault) : IWireMessage;

    /// <summary>vCPU to hypervisor: the answer to a repeated <see cref="RunVcpu"/> of one that runs, and may have nothing else to say.</summary>
    public sealed record VcpuRuns(uint Epoch, int Vcpu) : IWireMessage;

    /// <summary>vCPU to hypervisor: the answer to <see cref="PauseVcpu"/>; it will send nothing more in this epoch.</summary>
    public sealed record VcpuPaused(uint Epoch, int Vcpu) : IWireMessage;

    /// <summary>Hypervisor to vCPU: answer to <see cref="IoExit"/>. Dropped unless epoch and sequence are the outstanding ones.</summary>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Sequence">Of the request.</param>
    /// <param name="Value">Value read, already cut to the size of the access; 0 for a write.</param>
    /// <param name="Outcome">How it ended.</param>
    public sealed record IoCompletion(uint Epoch, ulong Sequence, ulong Value, IoOutcome Outcome) : IWireMessage;

    /// <summary>Hypervisor to vCPU: a vector is offered. It is pending until the guest takes it. Repeated unchanged while it isn't accepted.</summary>
    /// <param name="Epoch">The VM's epoch.</param>
    /// <param name="Sequence">Number of the offer, from 1 for each vCPU and epoch.</param>
    /// <param name="Vector">Which.</param>
    public sealed record InterruptDelivery(uint Epoch, ulong Sequence, byte Vector) : IWireMessage;

    /// <summary>Hypervisor to vCPU: begin. Repeated until the vCPU is heard; one that runs already in this epoch answers by <see cref="VcpuRuns"/>.</summary>
    /// <param name="Epoch">The epoch that begins for the vCPU.</param>
    /// <param name="StartupVector">SIPI vector for an application processor; 0 for the boot processor.</param>
    public sealed record RunVcpu(uint Epoch, byte StartupVector) : IWireMessage;

    /// <summary>Hypervisor to vCPU: stop for good in this epoch (ZOMBIE); also the acknowledgement of <see cref="VcpuEnded"/>. Answered by <see cref="VcpuPaused"/>, also when repeated.</summary>
    public sealed record PauseVcpu(uint Epoch) : IWireMessage;
}

/// <summary>How an access ended.</summary>
public enum IoOutcome : byte
{
    /// <summary>Done; a read has its value.</summary>
    Completed,

    /// <summary>#GP(0) in the guest: the access straddled an emulated range, or its slot was not free.</summary>
    GeneralProtection,
}
