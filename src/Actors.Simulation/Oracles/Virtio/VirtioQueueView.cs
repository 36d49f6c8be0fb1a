using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// A split virtqueue (virtio 1.2 clause 2.7) as its driver set it up by registers, and as the device's accesses of RAM show it: which chains were
/// made available, taken and used.
/// </summary>
internal sealed class VirtioQueueView(VirtioDeviceView device, int index)
{
    private const int MaxOthers = 8;

    private VirtioChainView?[] _byHead = [];
    private Element[] _staged = [];
    private List<RingPlace>? _others;
    private VirtioChainView? _last;
    private VirtioChainView? _walked;
    private ulong _table;
    private uint _entries;
    private uint _next;
    private int _steps;

    /// <summary>Its device.</summary>
    public VirtioDeviceView Device { get; } = device;

    /// <summary>Index within the device.</summary>
    public int Index { get; } = index;

    /// <summary>The port that it moves data of, once it is known (<see cref="PortLedger.PortOf"/>).</summary>
    public PortView? Port { get; set; }

    /// <summary>What the driver wrote to its registers; in force since it was enabled, if the device took that.</summary>
    public RingPlace Registers { get; set; }

    /// <summary>Entries that the device offers, as far as the driver read it.</summary>
    public int OfferedSize { get; set; } = VirtioConsoleSpec.QueueSize;

    /// <summary>Where its rings are.</summary>
    public RingPlace Place { get; private set; }

    /// <summary>Entries.</summary>
    public int Size => Place.Size;

    /// <summary>Descriptor table.</summary>
    public ulong Descriptors => Place.Descriptors;

    /// <summary>Available ring.</summary>
    public ulong Available => Place.Available;

    /// <summary>Used ring.</summary>
    public ulong Used => Place.Used;

    /// <summary>The driver put something over the rings, or broke their rules: what the device finds there has no meaning.</summary>
    public bool IsMisused { get; set; }

    /// <summary>The driver enabled it, and it was not reset since.</summary>
    public bool IsLive { get; private set; }

    /// <summary>The device has shown that it took the enabling.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>Counts enablings: chains of an earlier life are stale.</summary>
    public int Life { get; private set; }

    /// <summary>The available index that the guest wrote last.</summary>
    public ushort Offered { get; private set; }

    /// <summary>The used index that the device published.</summary>
    public ushort UsedIndex { get; private set; }

    /// <summary>Chains published as used, over all lives.</summary>
    public long UsedCount { get; private set; }

    /// <summary>Chains taken and not used.</summary>
    public int Outstanding { get; private set; }

    /// <summary>Used elements written behind the used index.</summary>
    public int Staged { get; private set; }

    /// <summary>End of the stream of readable bytes of the chains taken in this life.</summary>
    public long StreamEnd { get; private set; }

    /// <summary>Whether it hit anything so far: a queue that was never enabled has no place.</summary>
    public bool HasPlace => Used != 0 && Size != 0;

    /// <summary>Bytes of the available ring's entries that lie behind the driver's index and before the device's: chains that nobody used yet.</summary>
    public int Unused => (ushort)(Offered - UsedIndex);

    /// <summary>
    /// The driver enables it. Whether the device takes that is seen when it touches the rings; what an earlier attempt named stays possible until then.
    /// </summary>
    public void Enable(in RingPlace place)
    {
        if (IsLive)
        {
            if (!IsConfirmed && (_others ??= []).Count < MaxOthers)
                _others.Add(place);
            return;
        }

        _others?.Clear();
        Begin(place);
    }

    /// <summary>Finds out that another attempt to enable it was the one that counted: the access may be made there.</summary>
    public bool TryOther(in MemoryEvent access)
    {
        if (IsConfirmed || _others is not { Count: > 0 })
            return false;
        foreach (var other in _others)
        {
            if (!other.Admits(access))
                continue;
            _others.Clear();
            Begin(other);
            return true;
        }

        return false;
    }

    private void Begin(in RingPlace place)
    {
        Place = place;
        IsLive = true;
        IsMisused = false;
        IsConfirmed = false;
        Life++;
        Offered = 0;
        UsedIndex = 0;
        Outstanding = 0;
        Staged = 0;
        StreamEnd = 0;
        _last = null;
        _walked = null;
        if (_byHead.Length < Size)
        {
            // Grown only: what is stale is told by its life.
            Array.Resize(ref _byHead, Size);
            Array.Resize(ref _staged, Size);
        }
    }

    /// <summary>It is reset, alone or with its device. Its place is kept, to know late accesses by.</summary>
    public void Disable()
    {
        IsLive = false;
        IsConfirmed = false;
        Registers = default;
        _others?.Clear();
        _walked = null;
        Outstanding = 0;
        Staged = 0;
    }

    /// <summary>What was written and not published is forgotten: a restarted device writes it again.</summary>
    public void Unstage() => Staged = 0;

    /// <summary>Tells which part of its rings an access hits; of rings that overlap, the one for its direction.</summary>
    public RingArea Classify(in MemoryEvent access, out long offset)
    {
        var area = access.IsWrite ? ClassifyUsed(access, out offset) : ClassifyDriver(access, out offset);
        if (area != RingArea.Outside)
            return area;
        area = access.IsWrite ? ClassifyDriver(access, out offset) : ClassifyUsed(access, out offset);
        return area == RingArea.Outside && _walked is not null && _walked.HitsTable(access.Address, access.Length) ? RingArea.IndirectTable : area;
    }

    /// <summary>Whether bytes of RAM touch one of its rings.</summary>
    public bool Overlaps(ulong address, ulong length) =>
        RingPlace.Overlaps(address, length, Available, (ulong)VirtioSpec.AvailBytes(Size))
        || RingPlace.Overlaps(address, length, Used, (ulong)VirtioSpec.UsedBytes(Size))
        || RingPlace.Overlaps(address, length, Descriptors, (ulong)VirtioSpec.DescriptorTableBytes(Size));

    private RingArea ClassifyUsed(in MemoryEvent access, out long offset)
    {
        offset = 0;
        if (!RingPlace.Hits(access.Address, access.Length, Used, VirtioSpec.UsedBytes(Size), out var at))
            return RingArea.Outside;
        if (at < VirtioSpec.UsedRing)
            return at >= VirtioSpec.UsedIndex ? RingArea.UsedIndex : RingArea.UsedFlags;
        offset = (at - VirtioSpec.UsedRing) / VirtioSpec.UsedElementSize;
        return offset < Size ? RingArea.UsedElement : RingArea.AvailableEvent;
    }

    private RingArea ClassifyDriver(in MemoryEvent access, out long offset)
    {
        offset = 0;
        if (RingPlace.Hits(access.Address, access.Length, Available, VirtioSpec.AvailBytes(Size), out var at))
        {
            if (at < VirtioSpec.AvailRing)
                return at >= VirtioSpec.AvailIndex ? RingArea.AvailableIndex : RingArea.AvailableFlags;
            offset = (at - VirtioSpec.AvailRing) / sizeof(ushort);
            return offset < Size ? RingArea.AvailableEntry : RingArea.UsedEvent;
        }

        if (!RingPlace.Hits(access.Address, access.Length, Descriptors, VirtioSpec.DescriptorTableBytes(Size), out at))
            return RingArea.Outside;
        offset = at / VirtioSpec.DescriptorSize;
        return RingArea.Descriptor;
    }

    /// <summary>Finds the outstanding chain that an access hits: of several, the one where it goes on.</summary>
    public VirtioChainView? FindOutstanding(in MemoryEvent access, out bool isWritable, out long offset)
    {
        if (_last is { IsOutstanding: true } last && last.TryFind(access.Address, access.Length, out isWritable, out offset) && last.GoesOn(isWritable, offset))
            return last;
        VirtioChainView? found = null;
        isWritable = false;
        offset = 0;
        if (Outstanding == 0)
            return null;
        foreach (var chain in _byHead)
        {
            if (chain is not { IsOutstanding: true } || chain.Life != Life || !chain.TryFind(access.Address, access.Length, out var writable, out var at))
                continue;
            var goesOn = chain.GoesOn(writable, at);
            if (found is not null && !goesOn)
                continue;
            found = chain;
            isWritable = writable;
            offset = at;
            if (goesOn)
                break;
        }

        _last = found ?? _last;
        return found;
    }

    /// <summary>Finds any chain ever taken that an access hits.</summary>
    public VirtioChainView? FindAny(ulong address, int length, out bool isWritable, out long offset)
    {
        foreach (var chain in _byHead)
        {
            if (chain is not null && chain.TryFind(address, length, out isWritable, out offset))
                return chain;
        }

        isWritable = false;
        offset = 0;
        return null;
    }

    /// <summary>The outstanding chain of a head, or null.</summary>
    public VirtioChainView? OutstandingAt(uint head) =>
        head < (uint)_byHead.Length && _byHead[head] is { IsOutstanding: true } chain && chain.Life == Life ? chain : null;

    /// <summary>The guest published its index.</summary>
    public void Offer(ushort value)
    {
        Offered = value;
        IsMisused |= Unused > Size;
    }

    /// <summary>The device read an entry of the available ring: it begins to walk.</summary>
    public void BeginWalk(ushort head)
    {
        _walked = null;
        if (head >= Size)
            return;
        _walked = _byHead[head] ??= new VirtioChainView(this, head);
        _table = Descriptors;
        _entries = (uint)Size;
        _next = head;
        _steps = 0;
    }

    /// <summary>The device read descriptors. The chain, when it is read to its end.</summary>
    public VirtioChainView? Walk(ulong address, ReadOnlySpan<byte> data)
    {
        while (_walked is { } chain)
        {
            var place = _table + (_next * (ulong)VirtioSpec.DescriptorSize);
            if (place < address || place - address + VirtioSpec.DescriptorSize > (ulong)data.Length)
                return null;
            var descriptor = data.Slice((int)(place - address), VirtioSpec.DescriptorSize);
            var buffer = BinaryPrimitives.ReadUInt64LittleEndian(descriptor);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(descriptor[8..]);
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(descriptor[12..]);
            if (_steps++ == 0)
                chain.Clear();
            if (_steps > (2 * Size) + 1)
            {
                _walked = null;
                return null;
            }

            if ((flags & VirtioSpec.DescriptorIndirect) != 0)
            {
                chain.AddTable(buffer, length);
                _table = buffer;
                _entries = length / VirtioSpec.DescriptorSize;
                _next = 0;
                if (_entries == 0)
                    _walked = null;
                continue;
            }

            chain.Add(buffer, length, (flags & VirtioSpec.DescriptorWrite) != 0);
            if ((flags & VirtioSpec.DescriptorNext) == 0)
            {
                _walked = null;
                Take(chain);
                return chain;
            }

            _next = BinaryPrimitives.ReadUInt16LittleEndian(descriptor[14..]);
            if (_next >= _entries)
                _walked = null;
        }

        return null;
    }

    /// <summary>Where a used element belongs: 0 is right behind the used index.</summary>
    public int StagePlace(long slot) => (int)((slot - UsedIndex) & (Size - 1));

    /// <summary>The device wrote a used element.</summary>
    public void Stage(long slot, uint id, uint length)
    {
        _staged[slot] = new Element(id, length);
        if (StagePlace(slot) == Staged && Staged < Size)
            Staged++;
    }

    /// <summary>The element that is published next.</summary>
    public (uint Id, uint Length) NextStaged => (_staged[UsedIndex & (Size - 1)].Id, _staged[UsedIndex & (Size - 1)].Length);

    /// <summary>Publishes the next element; gives its chain if it was outstanding.</summary>
    public VirtioChainView? PublishNext()
    {
        var chain = OutstandingAt(NextStaged.Id);
        UsedIndex++;
        UsedCount++;
        if (Staged > 0)
            Staged--;
        if (chain is null)
            return null;
        chain.IsOutstanding = false;
        Outstanding--;
        return chain;
    }

    private void Take(VirtioChainView chain)
    {
        _last = chain;
        if (chain.IsOutstanding && chain.Life == Life)
        {
            // A restarted device takes again what it had not used.
            chain.Again();
            return;
        }

        chain.Begin(Life);
        chain.StreamStart = StreamEnd;
        if (chain.Writable == 0)
            StreamEnd += chain.Readable;
        Outstanding++;
    }

    private readonly record struct Element(uint Id, uint Length);
}
