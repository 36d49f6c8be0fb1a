namespace Actors.Guest;

/// <summary>How to kick a queue: 2 bytes with the queue's index.</summary>
/// <param name="IsPort">True for a port.</param>
/// <param name="Address">Port or physical address.</param>
/// <param name="Queue">Queue index.</param>
public readonly record struct QueueDoorbell(bool IsPort, ulong Address, ushort Queue)
{
    /// <summary>Kicks: one exit.</summary>
    public IoAwaitable Ring(GuestCpu cpu) => IsPort ? cpu.Out((ushort)Address, 2, Queue) : cpu.Store(Address, 2, Queue);
}
