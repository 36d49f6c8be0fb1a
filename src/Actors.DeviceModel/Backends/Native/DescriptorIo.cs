using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>Reads and writes of descriptors that don't block, as backend outcomes. Interrupted calls are repeated.</summary>
internal static unsafe class DescriptorIo
{
    /// <summary>Writes; on a socket without waiting and without SIGPIPE.</summary>
    public static BackendResult Write(SafeDescriptor descriptor, ReadOnlySpan<byte> data, bool socket)
    {
        if (data.IsEmpty)
            return new BackendResult(BackendStatus.Done);

        nint count;
        fixed (byte* source = data)
        {
            do
            {
                count = socket
                    ? Libc.Send(descriptor, source, (nuint)data.Length, MSG_DONTWAIT | MSG_NOSIGNAL)
                    : Libc.Write(descriptor, source, (nuint)data.Length);
            }
            while (count < 0 && Libc.LastError == EINTR);
        }

        return count switch
        {
            > 0 => new BackendResult(BackendStatus.Done, (int)count),

            // Not an error and not progress (F46): waiting for room is the answer that can't become a busy loop of the caller's.
            0 => new BackendResult(BackendStatus.WouldBlock),
            _ => WriteFailure(Libc.LastError),
        };
    }

    /// <summary>Reads; on a socket without waiting. Nothing left and nothing to come is the end of input.</summary>
    public static BackendResult Read(SafeDescriptor descriptor, Span<byte> destination, bool socket)
    {
        if (destination.IsEmpty)
            return new BackendResult(BackendStatus.WouldBlock);

        nint count;
        fixed (byte* target = destination)
        {
            do
            {
                count = socket
                    ? Libc.Receive(descriptor, target, (nuint)destination.Length, MSG_DONTWAIT)
                    : Libc.Read(descriptor, target, (nuint)destination.Length);
            }
            while (count < 0 && Libc.LastError == EINTR);
        }

        return count switch
        {
            > 0 => new BackendResult(BackendStatus.Done, (int)count),
            0 => new BackendResult(BackendStatus.EndOfInput),
            _ => ReadFailure(Libc.LastError),
        };
    }

    /// <summary>True when a read would find bytes. Takes none.</summary>
    public static bool HasUnreadBytes(SafeDescriptor socket)
    {
        byte one;
        nint count;
        do
            count = Libc.Receive(socket, &one, 1, MSG_PEEK | MSG_DONTWAIT);
        while (count < 0 && Libc.LastError == EINTR);

        return count > 0;
    }

    /// <summary>True when the other side closed both directions.</summary>
    public static bool IsHungUp(SafeDescriptor descriptor)
    {
        var poll = new PollDescriptor { Descriptor = descriptor.Number };
        return Libc.Poll(&poll, 1, 0) == 1 && (poll.Ready & POLLHUP) != 0;
    }

    /// <summary>True when a read would not wait, now or within so many milliseconds.</summary>
    public static bool IsReadable(SafeDescriptor descriptor, int milliseconds)
    {
        var poll = new PollDescriptor { Descriptor = descriptor.Number, Wanted = POLLIN };
        return Libc.Poll(&poll, 1, milliseconds) == 1 && (poll.Ready & POLLIN) != 0;
    }

    private static BackendResult WriteFailure(int error) => error switch
    {
        EAGAIN => new BackendResult(BackendStatus.WouldBlock),
        ENOSPC or EDQUOT => new BackendResult(BackendStatus.Full, 0, Libc.Describe(error)),
        EPIPE => new BackendResult(BackendStatus.Failed, 0, "nobody reads the output any more"),
        _ => new BackendResult(BackendStatus.Failed, 0, Libc.Describe(error)),
    };

    private static BackendResult ReadFailure(int error) => error == EAGAIN
        ? new BackendResult(BackendStatus.WouldBlock)
        : new BackendResult(BackendStatus.Failed, 0, Libc.Describe(error));
}
