using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>
/// To the VM's HSM actor, from a client that answered <see cref="IoreqResult.Later"/>: the request that the context named is finished. A repeat, or one
/// that comes after a reset or a clear, is dropped and counted.
/// </summary>
/// <param name="Vm">The VM.</param>
/// <param name="Epoch">Its epoch in the context.</param>
/// <param name="Vcpu">Of the request.</param>
/// <param name="Sequence">Of the request.</param>
/// <param name="Value">Value read.</param>
/// <param name="Failed">True to complete with all ones, as <see cref="IoreqResult.Failed"/>.</param>
public sealed record IoreqClientDone(VmId Vm, uint Epoch, int Vcpu, ulong Sequence, ulong Value, bool Failed = false);
