using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>A request in a client's hands. VM, epoch, vCPU and sequence name it for ever.</summary>
/// <param name="Vm">The VM.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Request">The request.</param>
public readonly record struct IoreqContext(VmId Vm, uint Epoch, IoRequest Request);
