namespace Actors.Protocol;

/// <summary>Content of one slot of the I/O request page.</summary>
/// <param name="Access">The access. In a COMPLETE slot of a read, the value is what was read.</param>
/// <param name="CompletionPolling">The vCPU polls; nobody is to notify it.</param>
/// <param name="KernelHandled">A client other than the default one has it.</param>
/// <param name="State">acrn_io_request.processed.</param>
public readonly record struct IoRequestSlot(IoAccess Access, bool CompletionPolling, bool KernelHandled, IoRequestSlotState State);
