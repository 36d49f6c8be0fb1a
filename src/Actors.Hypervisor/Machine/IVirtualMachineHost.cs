using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>How a <see cref="VirtualMachine"/> acts on the world. Its actor turns each call into one message; VM id and epoch are the machine's.</summary>
internal interface IVirtualMachineHost
{
    /// <summary>A vCPU's exit is answered.</summary>
    void Complete(int vcpu, ulong sequence, ulong value, IoOutcome outcome);

    /// <summary>A vector is offered to a vCPU.</summary>
    void Deliver(int vcpu, ulong sequence, byte vector);

    /// <summary>A vCPU hears how many of its acceptances were applied.</summary>
    void AcceptancesSeen(int vcpu, uint taken);

    /// <summary>A vCPU begins.</summary>
    void Run(int vcpu, byte startupVector);

    /// <summary>A vCPU stops for good in this epoch.</summary>
    void Pause(int vcpu);

    /// <summary>The HSM's vector is injected.</summary>
    void Upcall(byte vector, in IoRequest request, ImmutableArray<IoRequest> alsoPending);

    /// <summary>A polling vCPU looks at its slot.</summary>
    void Poll(int vcpu, ulong sequence);

    /// <summary>A cookie went into the asyncio ring, in which the oldest is that.</summary>
    void Kick(ulong position, ulong cookie, ulong oldest);

    /// <summary>A restarted HSM is told what it needs.</summary>
    void AnswerPageLost(int incarnation, uint pciConfigAddress, ImmutableArray<IoRequest> pending);

    /// <summary>A command is answered.</summary>
    void Answer(long id, VmCommandKind command, uint epoch, Errno result);

    /// <summary>An asyncio registration is answered.</summary>
    void AnswerAsyncio(long id, Errno result);

    /// <summary>Something happened that the device model decides on.</summary>
    void Announce(VmEventKind kind, string? detail);

    /// <summary>The interrupts of a source up to this one need no repeat.</summary>
    void InterruptSeen(ulong source, ulong sequence);

    /// <summary>RAM back to zero.</summary>
    void ClearMemory();

    /// <summary>The VM is destroyed: its RAM goes, its name is free.</summary>
    void Destroyed();

    /// <summary>Call <see cref="VirtualMachine.Tick"/> every period until that says false.</summary>
    void StartRetryTimer();
}
