using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>
/// Makes a stream that doesn't block out of a descriptor that the process was started with. Its open file description is shared with the shell and
/// other programs, so O_NONBLOCK set on it would reach them, and outlive us. Hence, first that fits:
/// a socket is read and written with MSG_DONTWAIT; what is non-blocking already stays; a file never waits for anybody, and reopening would lose the
/// position; a pipe, terminal or other device is opened again through /proc, which gives a description of our own; else O_NONBLOCK is set, and taken back
/// on every way out.
/// </summary>
internal static class InheritedStream
{
    /// <summary>Makes the stream.</summary>
    /// <exception cref="IOException">The descriptor isn't open.</exception>
    public static DescriptorStream Open(int number, bool forWriting)
    {
        var inherited = SafeDescriptor.Inherited(number);
        var flags = Libc.Control(inherited, F_GETFL, 0);
        if (flags < 0)
            throw new IOException(Libc.Describe(Libc.LastError));

        if (IsSocket(inherited))
            return new DescriptorStream(inherited, isSocket: true);
        if ((flags & O_NONBLOCK) != 0 || (FileStatus.TryGet(inherited, out var status) && status.HoldsData))
            return new DescriptorStream(inherited);

        var access = forWriting ? O_WRONLY : O_RDONLY;
        var own = Libc.Open($"/proc/self/fd/{number}", access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
        return own.IsInvalid ? MakeNonBlocking(inherited, flags) : new DescriptorStream(own);
    }

    private static DescriptorStream MakeNonBlocking(SafeDescriptor inherited, int flags)
    {
        if (Libc.Control(inherited, F_SETFL, flags | O_NONBLOCK) < 0)
            throw new IOException(Libc.Describe(Libc.LastError));

        var stream = new DescriptorStream(inherited);
        stream.OnClose(new FlagsLease(inherited, flags));
        return stream;
    }

    private static unsafe bool IsSocket(SafeDescriptor descriptor)
    {
        int type;
        uint length = sizeof(int);
        return Libc.GetSocketOption(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0;
    }

    private sealed class FlagsLease : IDisposable
    {
        private readonly SafeDescriptor _descriptor;
        private readonly int _flags;
        private readonly IDisposable _exitAction;

        public FlagsLease(SafeDescriptor descriptor, int flags)
        {
            _descriptor = descriptor;
            _flags = flags;
            _exitAction = ExitActions.Add(Restore);
        }

        public void Dispose()
        {
            _exitAction.Dispose();
            Restore();
        }

        private void Restore() => Libc.Control(_descriptor, F_SETFL, _flags);
    }
}
