using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// Address ranges of devices inside the hypervisor. The first range that overlaps an access decides: wholly inside, its device is called;
/// partly inside, the access is refused and nothing else is tried (acrn-io-path 1.2). Ends are exclusive.
/// </summary>
internal sealed class MmioTable
{
    /// <summary>Most ranges of one VM.</summary>
    public const int MaxRanges = 16;

    private Range[] _ranges = [];
    private int _count;
    private ulong _lowest = ulong.MaxValue;

    /// <summary>Adds <c>[start, end)</c>. Where ranges overlap, the one added first wins.</summary>
    public void Add(ulong start, ulong end, IMmioHandler handler)
    {
        if (_count == MaxRanges)
            throw new InvalidOperationException($"More than {MaxRanges} address ranges.");

        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(start, end);

        if (_count == _ranges.Length)
            Array.Resize(ref _ranges, Math.Max(2, _count * 2));

        _ranges[_count++] = new Range(start, end, handler);
        _lowest = Math.Min(_lowest, start);
    }

    /// <summary>Offers an access to its owner. <paramref name="value"/> is what a read gives.</summary>
    public EmulationResult Access(int vcpu, in IoAccess access, out ulong value, out IMmioHandler? handler)
    {
        value = 0;
        handler = null;
        var first = access.Address;
        var last = unchecked(first + access.Size - 1);
        var wraps = last < first;
        if (wraps)
            last = ulong.MaxValue;

        if (last < _lowest)
            return EmulationResult.NotMine;

        foreach (ref readonly var range in _ranges.AsSpan(0, _count))
        {
            if (first >= range.End || last < range.Start)
                continue;

            if (wraps || first < range.Start || last >= range.End)
                return EmulationResult.Refused;

            handler = range.Handler;
            var offset = first - range.Start;
            return access.IsWrite
                ? handler.Write(vcpu, offset, access.Size, access.Value)
                : handler.Read(vcpu, offset, access.Size, out value);
        }

        return EmulationResult.NotMine;
    }

    private readonly record struct Range(ulong Start, ulong End, IMmioHandler Handler);
}
