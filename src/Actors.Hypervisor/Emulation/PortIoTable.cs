using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// Port ranges of devices inside the hypervisor. The first port of an access decides who gets the whole of it, also when it runs
/// over the end of that range (acrn-io-path 1.2).
/// </summary>
internal sealed class PortIoTable
{
    /// <summary>Most ranges of one VM.</summary>
    public const int MaxRanges = 16;

    private Range[] _ranges = [];
    private int _count;

    // Virtio's ports lie above all of ours: one compare instead of a search.
    private int _end;

    /// <summary>Adds <paramref name="count"/> ports from <paramref name="first"/>. Where ranges overlap, the one added first wins.</summary>
    public void Add(ushort first, int count, IPortHandler handler)
    {
        if (_count == MaxRanges)
            throw new InvalidOperationException($"More than {MaxRanges} port ranges.");

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, 0x1_0000);

        if (_count == _ranges.Length)
            Array.Resize(ref _ranges, Math.Max(10, _count * 2));

        _ranges[_count++] = new Range(first, first + count, handler);
        _end = Math.Max(_end, first + count);
    }

    /// <summary>The device that owns a port, or null.</summary>
    public IPortHandler? Find(ulong port)
    {
        if (port >= (ulong)_end)
            return null;

        foreach (ref readonly var range in _ranges.AsSpan(0, _count))
        {
            if ((int)port >= range.First && (int)port < range.End)
                return range.Handler;
        }

        return null;
    }

    /// <summary>Offers an access to its owner. <paramref name="value"/> is what a read gives.</summary>
    public EmulationResult Access(in IoAccess access, out ulong value, out IPortHandler? handler)
    {
        value = 0;
        handler = Find(access.Address);
        if (handler is null)
            return EmulationResult.NotMine;

        if (access.IsWrite)
            return handler.Write((ushort)access.Address, access.Size, (uint)access.Value);

        var result = handler.Read((ushort)access.Address, access.Size, out var read);
        value = read;
        return result;
    }

    private readonly record struct Range(int First, int End, IPortHandler Handler);
}
