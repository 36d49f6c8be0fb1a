using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// A stream in memory that outlives its writers: what a file or a receiver is to real backends. Several <see cref="MemoryBackend"/>s, of several incarnations and
/// nodes, may hold it; it takes writes of the highest token only.
/// </summary>
/// <param name="name">What a person calls it.</param>
/// <param name="recordLimit">Bytes kept; the rest is counted only.</param>
internal sealed class SharedStream(string name, int recordLimit = 1 << 20)
{
    private readonly Lock _gate = new();
    private List<byte>? _written;
    private FencingToken _owner;
    private long _position;
    private long _refused;
    private int _takeovers;

    /// <summary>The highest token seen.</summary>
    public FencingToken Owner
    {
        get
        {
            lock (_gate)
                return _owner;
        }
    }

    /// <summary>Bytes of the stream.</summary>
    public long Position
    {
        get
        {
            lock (_gate)
                return _position;
        }
    }

    /// <summary>Writes and openings with a token that was too low.</summary>
    public long Refused
    {
        get
        {
            lock (_gate)
                return _refused;
        }
    }

    /// <summary>Times that the owner changed to one with a higher token.</summary>
    public int Takeovers
    {
        get
        {
            lock (_gate)
                return _takeovers;
        }
    }

    /// <summary>A copy of what was kept.</summary>
    public byte[] Written()
    {
        lock (_gate)
            return _written is null ? [] : [.. _written];
    }

    /// <summary>Becomes the owner: Done, or Failed when a higher token was here.</summary>
    public BackendResult Claim(FencingToken fence)
    {
        lock (_gate)
        {
            if (IsFenced(fence) is { } refused)
                return refused;
            _takeovers += _owner.IsGuarded && fence > _owner ? 1 : 0;
            _owner = fence;
            return new BackendResult(BackendStatus.Done);
        }
    }

    /// <summary>Writes as an owner, at most so many new bytes (<paramref name="fresh"/> says how many); what is there already counts as done.</summary>
    public BackendResult WriteAt(FencingToken fence, long position, ReadOnlySpan<byte> data, int most, out int fresh)
    {
        lock (_gate)
        {
            fresh = 0;
            if (IsFenced(fence) is { } refused)
                return refused;
            if (position > _position)
                return IResumableBackend.Gap(name, _position, position);

            var known = (int)Math.Min(_position - position, data.Length);
            fresh = Math.Min(most, data.Length - known);
            _position += fresh;
            Record(data.Slice(known, fresh));
            return new BackendResult(BackendStatus.Done, known + fresh);
        }
    }

    private void Record(ReadOnlySpan<byte> taken)
    {
        var room = recordLimit - (_written?.Count ?? 0);
        if (room > 0 && !taken.IsEmpty)
            (_written ??= []).AddRange(taken[..Math.Min(room, taken.Length)]);
    }

    private BackendResult? IsFenced(FencingToken fence)
    {
        if (fence >= _owner)
            return null;
        _refused++;
        return IResumableBackend.Fenced(name, fence, _owner);
    }
}
