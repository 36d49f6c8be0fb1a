namespace Actors.DeviceModel;

/// <summary>A run of guest bytes that the backend never got.</summary>
/// <param name="Offset">Position of its first byte in what the guest sent through this port's queue, from 0; -1 for emergency writes, which have no place in it.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct PortDrop(long Offset, long Length, PortDropReason Reason);

/// <summary>Why bytes were dropped; the numbers are those of <see cref="Actors.Protocol.DropReason"/>.</summary>
internal enum PortDropReason : byte
{
    /// <summary>The buffer was full: the oldest bytes went.</summary>
    BufferFull,

    /// <summary>The policy is to drop what the backend can't take now.</summary>
    Policy,

    /// <summary>The backend failed for good.</summary>
    BackendFailed,

    /// <summary>The guest reset its device (or queue) before the backend took them; the guest never got their buffer back.</summary>
    DeviceReset,

    /// <summary>The machine ended and the backend didn't take them in time.</summary>
    Closed,

    /// <summary>More emergency writes than the backend takes.</summary>
    Emergency,

    /// <summary>A buffer held them, and its node is lost: their guest has its buffers back.</summary>
    NodeLost,
}
