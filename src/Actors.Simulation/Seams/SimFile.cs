namespace Actors.Simulation;

/// <summary>
/// The file behind a simulated file backend, as Linux has it: the device model holds a descriptor that appends, others do with the name what they like (F51).
/// <see cref="MaxBytes"/> are kept of its content; what is more is counted and not kept.
/// </summary>
internal sealed class SimFile
{
    /// <summary>Bytes of content that are kept.</summary>
    public const int MaxBytes = 1 << 20;

    private byte[] _open = [];
    private int _length;

    /// <summary>Bytes that were not kept, since there were too many.</summary>
    public long NotKept { get; private set; }

    /// <summary>Bytes in the file that the descriptor stands for.</summary>
    public int Length => _length;

    /// <summary>Whether the name stands for the file that is written to.</summary>
    public bool IsNamed { get; private set; } = true;

    /// <summary>Whether that file has another name, by which it can be found.</summary>
    public bool IsMoved { get; private set; }

    /// <summary>What is found under the name: nothing, once the file went elsewhere.</summary>
    public ReadOnlySpan<byte> Named => IsNamed ? _open.AsSpan(0, _length) : default;

    /// <summary>What the descriptor stands for, whether or not somebody can find it.</summary>
    public ReadOnlySpan<byte> Written => _open.AsSpan(0, _length);

    /// <summary>What somebody sees who follows the file to the name that it was given, and reads on under its own.</summary>
    public byte[] Followed() => IsNamed || IsMoved ? [.. Written] : [];

    /// <summary>A write: at the end, wherever that is now.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var kept = Math.Min(bytes.Length, MaxBytes - _length);
        NotKept += bytes.Length - kept;
        if (_length + kept > _open.Length)
            Array.Resize(ref _open, Math.Min(MaxBytes, Math.Max(_length + kept, Math.Max(256, _open.Length * 2))));
        bytes[..kept].CopyTo(_open.AsSpan(_length));
        _length += kept;
    }

    /// <summary>Moved away, and an empty one made in its place: the descriptor follows. False when it had gone before.</summary>
    public bool Rotate()
    {
        if (!IsNamed)
            return false;
        IsNamed = false;
        IsMoved = true;
        return true;
    }

    /// <summary>Emptied: the next write is the first. False when there was nothing in it.</summary>
    public bool Truncate()
    {
        var had = _length > 0;
        _length = 0;
        return had;
    }

    /// <summary>Another file takes its name, or a moved one is deleted: what is in it and comes into it nobody can find. False when that is so already.</summary>
    public bool Replace()
    {
        if (!IsNamed && !IsMoved)
            return false;
        IsNamed = false;
        IsMoved = false;
        return true;
    }
}
