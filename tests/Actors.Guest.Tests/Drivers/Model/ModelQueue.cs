using Actors.Protocol;

namespace Actors.Guest.Tests;

/// <summary>The device's end of a split virtqueue, as plainly as the specification says it.</summary>
internal sealed class ModelQueue(ModelMemory memory, int index)
{
    public const int OfferedSize = 64;

    private ushort _nextAvail;
    private ushort _used;
    private ushort _usedAtInterrupt;

    public int Index { get; } = index;

    public int Size { get; set; } = OfferedSize;

    public ulong Desc { get; set; }

    public ulong Avail { get; set; }

    public ulong Used { get; set; }

    public bool Enabled { get; set; }

    public ushort Vector { get; set; } = VirtioPciSpec.NoVector;

    public bool EventIndex { get; set; }

    public int Kicks { get; set; }

    /// <summary>Longest chain popped, and whether indirect tables were seen.</summary>
    public int LongestChain { get; private set; }

    public int IndirectChains { get; private set; }

    public long Popped { get; private set; }

    public bool HasAvailable => Enabled && Read16(Avail + 2) != _nextAvail;

    public void Reset()
    {
        (Desc, Avail, Used, Enabled) = (0, 0, 0, false);
        (_nextAvail, _used, _usedAtInterrupt) = (0, 0, 0);
        Vector = VirtioPciSpec.NoVector;
        Size = OfferedSize;
    }

    public (ushort Head, List<(ulong Address, uint Length, bool Write)> Segments) Pop()
    {
        var head = Read16(Avail + 4 + (2 * (ulong)(_nextAvail % Size)));
        _nextAvail++;
        Popped++;
        if (EventIndex)
            memory.TryWriteUInt16(Used + 4 + (8 * (ulong)Size), _nextAvail);
        var segments = new List<(ulong, uint, bool)>();
        Walk(Desc, head, Size, segments, true);
        LongestChain = Math.Max(LongestChain, segments.Count);
        return (head, segments);
    }

    public void Push(uint head, uint length)
    {
        var at = Used + 4 + (8 * (ulong)(_used % Size));
        memory.TryWriteUInt32(at, head);
        memory.TryWriteUInt32(at + 4, length);
        _used++;
        memory.TryWriteUInt16(Used + 2, _used);
    }

    /// <summary>Writes a used index that no chain stands for.</summary>
    public void JumpUsed(ushort by)
    {
        _used += by;
        memory.TryWriteUInt16(Used + 2, _used);
    }

    /// <summary>Does the driver want to know?</summary>
    public bool TakeInterruptWish()
    {
        if (_used == _usedAtInterrupt)
            return false;
        var old = _usedAtInterrupt;
        _usedAtInterrupt = _used;
        return EventIndex
            ? (ushort)(_used - Read16(Avail + 4 + (2 * (ulong)Size)) - 1) < (ushort)(_used - old)
            : (Read16(Avail) & 1) == 0;
    }

    private void Walk(ulong table, ushort at, int count, List<(ulong, uint, bool)> segments, bool outer)
    {
        for (var steps = 0; steps < count; steps++)
        {
            var descriptor = table + (16 * (ulong)at);
            memory.TryReadUInt32(descriptor, out var low);
            memory.TryReadUInt32(descriptor + 4, out var high);
            memory.TryReadUInt32(descriptor + 8, out var length);
            var flags = Read16(descriptor + 12);
            var address = ((ulong)high << 32) | low;
            if ((flags & 4) != 0)
            {
                Assert.True(outer);
                Assert.Equal(0, flags & 1);
                IndirectChains++;
                Walk(address, 0, (int)length / 16, segments, false);
                return;
            }

            Assert.True((flags & 2) != 0 || segments.TrueForAll(segment => !segment.Item3), "readable after writable");
            segments.Add((address, length, (flags & 2) != 0));
            if ((flags & 1) == 0)
                return;
            at = Read16(descriptor + 14);
            Assert.InRange(at, 0, count - 1);
        }

        Assert.Fail("the chain loops");
    }

    private ushort Read16(ulong address) => memory.TryReadUInt16(address, out var value) ? value : throw new InvalidOperationException("rings outside RAM");
}
