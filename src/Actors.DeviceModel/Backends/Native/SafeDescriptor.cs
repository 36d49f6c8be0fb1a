using System.Runtime.InteropServices;

namespace Actors.DeviceModel;

/// <summary>A file descriptor, closed once and never while a call uses it.</summary>
internal sealed class SafeDescriptor : SafeHandle
{
    /// <summary>For results of system calls.</summary>
    public SafeDescriptor()
        : base(-1, ownsHandle: true)
    {
    }

    private SafeDescriptor(int inherited)
        : base(-1, ownsHandle: false) => SetHandle(inherited);

    /// <inheritdoc/>
    public override bool IsInvalid => Number < 0;

    /// <summary>
    /// The number, for structures that hold one; the caller keeps this object open meanwhile. Calls return an int, and what is above it in the
    /// register, and so in the handle, is anybody's guess.
    /// </summary>
    public int Number => (int)handle;

    /// <summary>A descriptor that the process was started with: used, never closed.</summary>
    public static SafeDescriptor Inherited(int number) => new(number);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.Close(Number) == 0;
}
