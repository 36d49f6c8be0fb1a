using System.Text;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>UNIX stream sockets by path.</summary>
internal static unsafe class UnixSocket
{
    /// <summary>Longest path in bytes: sun_path is 108 with its NUL.</summary>
    public const int MaxPathBytes = 107;

    private const int FamilyLength = sizeof(ushort);

    /// <summary>True when the path fits into an address.</summary>
    public static bool Fits(string path) => Encoding.UTF8.GetByteCount(path) <= MaxPathBytes;

    /// <summary>A socket that doesn't block.</summary>
    public static SafeDescriptor Create() => Libc.Socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    /// <summary>Binds; 0 or errno.</summary>
    public static int Bind(SafeDescriptor socket, string path)
    {
        var address = stackalloc byte[FamilyLength + MaxPathBytes + 1];
        var length = Write(path, address);
        return Libc.Bind(socket, address, length) == 0 ? 0 : Libc.LastError;
    }

    /// <summary>Connects; 0 or errno. It never waits: a peer that can't take another one now is EAGAIN.</summary>
    public static int Connect(SafeDescriptor socket, string path)
    {
        var address = stackalloc byte[FamilyLength + MaxPathBytes + 1];
        var length = Write(path, address);
        int result;
        do
            result = Libc.Connect(socket, address, length);
        while (result < 0 && Libc.LastError == EINTR);

        return result == 0 ? 0 : Libc.LastError;
    }

    private static uint Write(string path, byte* address)
    {
        *(ushort*)address = AF_UNIX;
        var bytes = new Span<byte>(address + FamilyLength, MaxPathBytes + 1);
        var count = Encoding.UTF8.GetBytes(path, bytes[..MaxPathBytes]);
        bytes[count] = 0;
        return (uint)(FamilyLength + count + 1);
    }
}
