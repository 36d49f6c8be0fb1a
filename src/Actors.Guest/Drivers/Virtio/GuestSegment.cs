namespace Actors.Guest;

/// <summary>A piece of a descriptor chain.</summary>
/// <param name="Address">In RAM.</param>
/// <param name="Length">Bytes.</param>
/// <param name="DeviceWrites">True when the device writes to it; such pieces follow those that it reads.</param>
public readonly record struct GuestSegment(ulong Address, uint Length, bool DeviceWrites);
