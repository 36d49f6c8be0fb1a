namespace Actors.Protocol;

/// <summary>Results of control operations: 0, or the negative number that Linux uses for the error.</summary>
public enum Errno
{
    /// <summary>Success.</summary>
    Ok = 0,

    /// <summary>Not permitted in this state (hypercall result -1).</summary>
    NotPermitted = -1,

    /// <summary>No such entry (-ENOENT).</summary>
    NoEntry = -2,

    /// <summary>Bad file descriptor or cookie (-EBADF).</summary>
    BadDescriptor = -9,

    /// <summary>A bound is reached (-ENOMEM).</summary>
    NoMemory = -12,

    /// <summary>Already in use (-EBUSY).</summary>
    Busy = -16,

    /// <summary>Already exists, conflict (-EEXIST).</summary>
    Exists = -17,

    /// <summary>No such device (-ENODEV).</summary>
    NoDevice = -19,

    /// <summary>Invalid argument (-EINVAL).</summary>
    Invalid = -22,

    /// <summary>A table is full (-ENOSPC).</summary>
    NoSpace = -28,
}
