using System.Globalization;
using System.Text;
using System.Text.Json;
using Actors.Protocol;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>
/// A file that holds a stream, and beside it <c>NAME.owner</c>, which says who may go on with it: <c>{"token":T,"base":B}</c>, where B is the file's length before the
/// stream's first byte (negative: the file holds none of its first bytes). So the stream's position is the file's length less B.
/// <para>Every change is made in one moment under a lock of the owner file: look who the owner is, look how long the file is, write at that place. The lock
/// belongs to the open file (an OFD lock), and goes with the process. Hence nothing is ever written by an owner that is not the last. An owner that was stopped within that moment
/// keeps the lock: who takes over waits until it goes on or is killed, and what it then still writes are the bytes at the stream's end of then, which
/// nobody has gone past. On a file system without locks that wait is missing; there such a late write can put only what it was to put, at the place where it was to be put,
/// which are the same bytes in a takeover of a living guest's device model, and at most one write's length of older ones after a guest that began anew.</para>
/// <para>What is written is handed to the system: it outlives the process, not the machine's loss of power.</para>
/// </summary>
internal sealed class FencedFile : IDisposable
{
    /// <summary>What is put behind the file's name.</summary>
    public const string OwnerSuffix = ".owner";

    /// <summary>Bytes written in one moment.</summary>
    public const int MaxBatch = 1 << 20;

    private const int OwnerBytes = 80;
    private const int LockTries = 64;
    private const uint ReadWriteForAll = 0b110_110_110;
    private const int Shared = O_RDWR | O_CREAT | O_NOCTTY | O_CLOEXEC;

    private readonly string _path;
    private readonly SafeDescriptor _file;
    private readonly SafeDescriptor _owner;
    private readonly bool _isNewFile;
    private readonly bool _isNewOwner;
    private byte[] _mine = [];
    private long _base;
    private bool _hasNoLocks;

    private FencedFile(string path, SafeDescriptor file, bool isNewFile, SafeDescriptor owner, bool isNewOwner)
    {
        _path = path;
        _file = file;
        _isNewFile = isNewFile;
        _owner = owner;
        _isNewOwner = isNewOwner;
    }

    /// <summary>Where in the stream the file's first byte of it is: 0, unless it was begun in the middle.</summary>
    public long BeginsAt => Math.Max(0, -_base);

    /// <summary>The token of the last claim; none before.</summary>
    public FencingToken Fence { get; private set; }

    /// <summary>The highest token that a claim has met.</summary>
    public FencingToken Highest { get; private set; }

    /// <summary>Bytes of the stream; null before a claim.</summary>
    public long? Position { get; private set; }

    /// <summary>Opens or makes both files.</summary>
    /// <param name="path">The file; regular, or to be made.</param>
    /// <param name="error">errno when null is returned.</param>
    public static FencedFile? TryOpen(string path, out int error)
    {
        var file = OpenOrMake(path, out var isNewFile, out error);
        if (file is null)
            return null;
        var owner = OpenOrMake(path + OwnerSuffix, out var isNewOwner, out error);
        if (owner is not null)
            return new FencedFile(path, file, isNewFile, owner, isNewOwner);

        if (isNewFile)
            Libc.Unlink(path);
        file.Dispose();
        return null;
    }

    /// <summary>
    /// Becomes the owner. Done with a position; Full when another one holds the lock now; Failed when a higher token was here, or the files don't fit together.
    /// </summary>
    /// <param name="fence">The token.</param>
    /// <param name="beginsAt">Where in the stream the file's next byte is when it holds nothing of the stream yet.</param>
    public BackendResult Claim(FencingToken fence, long beginsAt = 0)
    {
        if (!TryLock())
            return Locked();
        try
        {
            if (Read() is not { } found)
                return Damaged();
            Highest = found.Fence > fence ? found.Fence : fence;
            if (found.Fence > fence)
                return IResumableBackend.Fenced(Place, fence, found.Fence);
            if (!FileStatus.TryGetLength(_file, out var length))
                return Problem(Libc.LastError);

            var begin = found.IsThere ? found.Base : length - beginsAt;
            if (length < Math.Max(0, begin))
                return Foreign("is shorter than the stream's beginning");

            var mine = Text(fence, begin);
            if (!_mine.AsSpan().SequenceEqual(mine) && WriteAll(_owner, 0, mine) is { Status: not BackendStatus.Done } failed)
                return failed;

            _mine = mine;
            _base = begin;
            Fence = fence;
            Position = length - begin;
            return new BackendResult(BackendStatus.Done);
        }
        finally
        {
            Unlock();
        }
    }

    /// <summary>Writes at the stream's end, as its owner; what is there already is skipped and counts as done.</summary>
    public BackendResult WriteAt(long position, ReadOnlySpan<byte> data)
    {
        if (Position is not { } have)
            return new BackendResult(BackendStatus.WouldBlock);
        if (position > have)
            return IResumableBackend.Gap(Place, have, position);

        var known = (int)Math.Min(have - position, data.Length);
        data = data[known..];
        if (data.IsEmpty)
            return new BackendResult(BackendStatus.Done, known);

        if (!TryLock())
            return known > 0 ? new BackendResult(BackendStatus.Done, known) : Locked();
        try
        {
            if (IsNoLongerMine() is { } refused)
                return refused;

            var result = WriteAll(_file, _base + have, data[..Math.Min(data.Length, MaxBatch)]);
            Position = have + result.Count;
            return result.Count + known > 0 ? new BackendResult(BackendStatus.Done, result.Count + known) : result;
        }
        finally
        {
            Unlock();
        }
    }

    /// <summary>Has the system put everything on the disk.</summary>
    public bool TrySynchronize() => Libc.Synchronize(_file) == 0;

    /// <summary>Reads the stream at a position, for who wants to know what is there.</summary>
    /// <returns>Bytes read; 0 at the end.</returns>
    public unsafe int ReadAt(long position, Span<byte> destination)
    {
        fixed (byte* target = destination)
            return (int)Math.Max(0, Libc.ReadAt(_file, target, (nuint)destination.Length, _base + position));
    }

    /// <summary>Takes away what opening made.</summary>
    public void Remove()
    {
        if (_isNewFile)
            Libc.Unlink(_path);
        if (_isNewOwner)
            Libc.Unlink(_path + OwnerSuffix);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _owner.Dispose();
    }

    /// <summary>What a sentence calls it.</summary>
    public string Place => $"file '{_path}'";

    private static SafeDescriptor? OpenOrMake(string path, out bool isNew, out int error)
    {
        var descriptor = Libc.Open(path, Shared | O_EXCL, ReadWriteForAll);
        isNew = !descriptor.IsInvalid;
        if (!isNew)
            descriptor = Libc.Open(path, Shared, ReadWriteForAll);
        error = descriptor.IsInvalid ? Libc.LastError : 0;
        return descriptor.IsInvalid ? null : descriptor;
    }

    private static byte[] Text(FencingToken fence, long begin) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"token\":{fence.Value},\"base\":{begin}}}").PadRight(OwnerBytes - 1) + "\n");

    /// <summary>Null: the owner file holds something else than an owner. Nobody: token none.</summary>
    private (FencingToken Fence, long Base, bool IsThere)? Read()
    {
        Span<byte> text = stackalloc byte[OwnerBytes];
        var length = ReadOwner(text);
        if (length == 0)
            return (FencingToken.None, 0, false);
        try
        {
            var reader = new Utf8JsonReader(text[..length]);
            var owner = JsonElement.ParseValue(ref reader);
            var token = owner.GetProperty("token").GetUInt64();
            var begin = owner.GetProperty("base").GetInt64();
            return (new FencingToken(token), begin, true);
        }
        catch (Exception damage) when (damage is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private BackendResult? IsNoLongerMine()
    {
        Span<byte> text = stackalloc byte[OwnerBytes];
        var length = ReadOwner(text);
        if (!text[..length].SequenceEqual(_mine))
        {
            return Read() is not { } found ? Damaged()
                : found.Fence > Fence ? IResumableBackend.Fenced(Place, Fence, found.Fence)
                : Foreign($"has an owner file that was changed to {found.Fence}");
        }

        if (!FileStatus.TryGetLength(_file, out var end))
            return Problem(Libc.LastError);
        return end == _base + Position || _hasNoLocks ? null : Foreign(end < _base + Position ? "was cut" : "was written to by somebody else");
    }

    private unsafe int ReadOwner(Span<byte> text)
    {
        fixed (byte* target = text)
            return (int)Math.Max(0, Libc.ReadAt(_owner, target, (nuint)text.Length, 0));
    }

    private unsafe BackendResult WriteAll(SafeDescriptor descriptor, long offset, ReadOnlySpan<byte> data)
    {
        var done = 0;
        fixed (byte* source = data)
        {
            while (done < data.Length)
            {
                var count = Libc.WriteAt(descriptor, source + done, (nuint)(data.Length - done), offset + done);
                if (count < 0 && Libc.LastError == EINTR)
                    continue;
                if (count <= 0)
                    return done > 0 ? new BackendResult(BackendStatus.Done, done) : count == 0 ? new BackendResult(BackendStatus.WouldBlock) : Problem(Libc.LastError);
                done += (int)count;
            }
        }

        return new BackendResult(BackendStatus.Done, done);
    }

    private BackendResult Locked() => new(BackendStatus.Full, 0, $"{Place} is held by another writer, which stands still; it is waited for");

    private BackendResult Damaged() => new(BackendStatus.Failed, 0, $"'{_path}{OwnerSuffix}' is not the owner file of a stream; remove it when nobody else writes to '{_path}'");

    private BackendResult Foreign(string what) => new(BackendStatus.Failed, 0, $"{Place} {what}: it belongs to this stream alone; name another file");

    private BackendResult Problem(int error) => error is ENOSPC or EDQUOT
        ? new BackendResult(BackendStatus.Full, 0, $"{Place}: {Libc.Describe(error)}")
        : new BackendResult(BackendStatus.Failed, 0, $"{Place}: {Libc.Describe(error)}");

    private bool TryLock()
    {
        if (_hasNoLocks)
            return true;

        // Others hold it for the time of one write. One that holds it longer stands still.
        for (var i = 0; i < LockTries; i++)
        {
            if (SetLock(F_WRLCK) == 0)
                return true;
            if (Libc.LastError is not (EAGAIN or EACCES or EINTR))
                return _hasNoLocks = true;
            Thread.Yield();
        }

        return false;
    }

    private void Unlock()
    {
        if (!_hasNoLocks)
            SetLock(F_UNLCK);
    }

    private unsafe int SetLock(short kind)
    {
        var whole = new FileLock { Kind = kind };
        return Libc.Lock(_owner, F_OFD_SETLK, &whole);
    }
}
