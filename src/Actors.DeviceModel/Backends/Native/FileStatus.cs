using System.Runtime.InteropServices;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>What statx says about a file (statx, since its structure is the same everywhere; struct stat is not).</summary>
/// <param name="Kind">S_IFMT bits.</param>
/// <param name="Device">Device that holds the file.</param>
/// <param name="Inode">Number on it.</param>
/// <param name="SpecialDevice">For a device file: the device it stands for.</param>
internal readonly record struct FileStatus(int Kind, ulong Device, ulong Inode, ulong SpecialDevice)
{
    public bool IsDirectory => Kind == S_IFDIR;

    /// <summary>True of a regular file and a block device: reads and writes of it wait for the disk at most.</summary>
    public bool HoldsData => Kind is S_IFREG or S_IFBLK;

    public bool IsRegular => Kind == S_IFREG;

    public bool IsSocket => Kind == S_IFSOCK;

    public bool IsSymbolicLink => Kind == S_IFLNK;

    /// <summary>Looks at a path, without following a last symbolic link.</summary>
    public static unsafe bool TryGet(string path, out FileStatus status)
    {
        var buffer = stackalloc byte[StatXSize];
        var found = Libc.StatX(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, buffer) == 0;
        status = found ? Parse(new ReadOnlySpan<byte>(buffer, StatXSize)) : default;
        return found;
    }

    /// <summary>Looks at a path and where its symbolic links lead.</summary>
    public static unsafe bool TryGetFollowed(string path, out FileStatus status)
    {
        var buffer = stackalloc byte[StatXSize];
        var found = Libc.StatX(AT_FDCWD, path, 0, STATX_BASIC_STATS, buffer) == 0;
        status = found ? Parse(new ReadOnlySpan<byte>(buffer, StatXSize)) : default;
        return found;
    }

    /// <summary>Length of an open file, in bytes.</summary>
    public static unsafe bool TryGetLength(SafeDescriptor descriptor, out long length)
    {
        var buffer = stackalloc byte[StatXSize];
        var found = Libc.StatX(descriptor, string.Empty, AT_EMPTY_PATH, STATX_BASIC_STATS, buffer) == 0;
        length = found ? MemoryMarshal.Read<long>(new ReadOnlySpan<byte>(buffer, StatXSize)[StatXSizeOffset..]) : 0;
        return found;
    }

    /// <summary>Looks at an open file.</summary>
    public static unsafe bool TryGet(SafeDescriptor descriptor, out FileStatus status)
    {
        var buffer = stackalloc byte[StatXSize];
        var found = Libc.StatX(descriptor, string.Empty, AT_EMPTY_PATH, STATX_BASIC_STATS, buffer) == 0;
        status = found ? Parse(new ReadOnlySpan<byte>(buffer, StatXSize)) : default;
        return found;
    }

    private static FileStatus Parse(ReadOnlySpan<byte> raw) => new(
        MemoryMarshal.Read<ushort>(raw[StatXModeOffset..]) & S_IFMT,
        MemoryMarshal.Read<ulong>(raw[StatXDeviceOffset..]),
        MemoryMarshal.Read<ulong>(raw[StatXInodeOffset..]),
        MemoryMarshal.Read<ulong>(raw[StatXSpecialDeviceOffset..]));
}
