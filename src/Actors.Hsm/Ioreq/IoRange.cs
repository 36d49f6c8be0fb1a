using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>Addresses that a client serves.</summary>
/// <param name="Type"><see cref="IoRequestType.PortIo"/> or <see cref="IoRequestType.Mmio"/>.</param>
/// <param name="Start">First byte.</param>
/// <param name="End">Last byte, inclusive.</param>
public readonly record struct IoRange(IoRequestType Type, ulong Start, ulong End);
