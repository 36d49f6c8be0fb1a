using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Actors.DeviceModel;

/// <summary>struct epoll_event: mask and 64 bits of the user's; packed on x86-64, and only there.</summary>
internal static unsafe class EpollEvent
{
    /// <summary>Room for one event on every processor.</summary>
    public const int MaxSize = 16;

    private static readonly bool Packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    public static int Size => Packed ? 12 : 16;

    private static int DataOffset => Packed ? 4 : 8;

    public static void Write(byte* target, uint events, ulong data)
    {
        Unsafe.WriteUnaligned(target, events);
        Unsafe.WriteUnaligned(target + DataOffset, data);
    }

    public static (uint Events, ulong Data) Read(byte* events, int index)
    {
        var source = events + (index * Size);
        return (Unsafe.ReadUnaligned<uint>(source), Unsafe.ReadUnaligned<ulong>(source + DataOffset));
    }
}
