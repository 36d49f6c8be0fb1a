using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>Whether the process was started with standard input, output and error.</summary>
public static class StandardStreams
{
    /// <summary>
    /// True when the descriptor came from the process's parent. When the parent closed it, the runtime's first own descriptor got its number,
    /// and who wrote there would write to, say, the runtime's pipe for signals. What is closed on exec was not inherited.
    /// </summary>
    /// <param name="number">0, 1 or 2.</param>
    public static bool IsInherited(int number)
    {
        if (!OperatingSystem.IsLinux())
            return true;

        var flags = Libc.Control(SafeDescriptor.Inherited(number), F_GETFD, 0);
        return flags >= 0 && (flags & FD_CLOEXEC) == 0;
    }
}
