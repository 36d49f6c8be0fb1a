namespace Actors.Protocol;

/// <summary>
/// An outstanding access of one vCPU. <paramref name="Sequence"/> counts the exits of that vCPU within its VM's epoch, from 1:
/// together with VM and epoch it names the request for ever, so a repeated or late effect can be told from a new one.
/// </summary>
/// <param name="Vcpu">vCPU index 0-15, also the slot of the I/O request page.</param>
/// <param name="Sequence">Position among this vCPU's exits in this epoch, from 1.</param>
/// <param name="Access">What the guest did.</param>
public readonly record struct IoRequest(int Vcpu, ulong Sequence, IoAccess Access);
