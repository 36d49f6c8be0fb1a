using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Interrupt lines that functions share: a line is asserted while one of them asserts it. Levels mean asserted or not; the polarity is nobody's but the vIOAPIC's.
/// The last level of a line is kept until the hypervisor has it (<see cref="InterruptHop"/>): of levels before it nobody need hear.
/// </summary>
internal sealed class IntxLines
{
    private const ulong Source = 1UL << 32;

    private Line[]? _lines;

    /// <summary>True while the hypervisor has not said that it knows a line's level.</summary>
    public bool IsOutstanding { get; private set; }

    /// <summary>A function's pin changed. True when the line did, with what to tell.</summary>
    public bool TryChange(int gsi, bool isAsserted, out LineChange change)
    {
        _lines ??= new Line[PlatformSpec.IoApicPins];
        change = default;
        ref var line = ref _lines[gsi];
        if (isAsserted ? line.Asserting++ != 0 : --line.Asserting != 0)
            return false;
        line.Sequence++;
        line.Ticks = 0;
        IsOutstanding = true;
        change = ChangeOf(gsi, line);
        return true;
    }

    /// <summary>
    /// For a machine that another node had before: a function's line is as its device says, and is told, whatever the hypervisor last heard, with a number above all that can
    /// have been told.
    /// </summary>
    public void Adopt(int gsi, bool isAsserted, ulong first)
    {
        _lines ??= new Line[PlatformSpec.IoApicPins];
        ref var line = ref _lines[gsi];
        line.Asserting += isAsserted ? (byte)1 : (byte)0;
        line.Sequence = first;
        line.Ticks = 1;
        IsOutstanding = true;
    }

    /// <summary>The hypervisor has a line's changes up to this one. True when the last is not among them although it was asked for it: tell it again.</summary>
    public bool Take(ulong source, ulong sequence, out LineChange missing)
    {
        missing = default;
        var gsi = source - Source;
        if (_lines is null || gsi >= (ulong)_lines.Length)
            return false;
        ref var line = ref _lines[gsi];
        if (sequence > line.Sequence)
            return false;
        var isNew = sequence > line.Seen;
        line.Seen = Math.Max(line.Seen, sequence);
        IsOutstanding = Array.Exists(_lines, static line => line.Seen < line.Sequence);
        if (isNew || line.Seen == line.Sequence)
            return false;
        missing = ChangeOf((int)gsi, line);
        return true;
    }

    /// <summary>A retry period passed: what to tell again.</summary>
    public IEnumerable<LineChange> Repeat()
    {
        for (var gsi = 0; _lines is not null && gsi < _lines.Length; gsi++)
        {
            if (_lines[gsi].Seen < _lines[gsi].Sequence && _lines[gsi].Ticks++ > 0)
                yield return ChangeOf(gsi, _lines[gsi]);
        }
    }

    /// <summary>A new epoch: all lines are idle.</summary>
    public void Clear()
    {
        _lines = null;
        IsOutstanding = false;
    }

    /// <summary>Names a line as the source of its changes, apart from any function's messages.</summary>
    public static ulong SourceOf(int gsi) => Source | (uint)gsi;

    private static LineChange ChangeOf(int gsi, in Line line) => new(gsi, line.Asserting != 0, line.Sequence);

    /// <summary>A line's level, by its place among the line's in this epoch.</summary>
    internal readonly record struct LineChange(int Gsi, bool IsAsserted, ulong Sequence);

    private struct Line
    {
        public byte Asserting;
        public byte Ticks;
        public ulong Sequence;
        public ulong Seen;
    }
}
