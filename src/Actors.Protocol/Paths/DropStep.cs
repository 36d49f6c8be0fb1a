namespace Actors.Protocol;

/// <summary>A port gave up output of its guest: the run that stands on its drop log.</summary>
/// <param name="Vm">Whose port.</param>
/// <param name="Port">Its name.</param>
/// <param name="Offset">Position of the first byte in what the guest sent through the port's queue, from 0; -1 for emergency writes, which have no place in it.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Reason">Why.</param>
public readonly record struct DropStep(VmId Vm, string Port, long Offset, long Length, DropReason Reason);

/// <summary>Why a port gave up output.</summary>
public enum DropReason : byte
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
