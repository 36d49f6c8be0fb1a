using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// One split virtqueue as its device sees it (virtio 1.2 clause 2.7). Indices are the device's own and never read back from the used ring;
/// descriptors are copied once; whatever the rings hold, the work of a pop is bounded by the queue's size. What the driver may get wrong,
/// and what becomes of it, is in docs/behaviour.md, rows 34-65. Not supported: packed rings, IN_ORDER.
/// </summary>
internal class Virtqueue(int index)
{
    /// <summary>As many pushes as there are index values: wherever the event is, they passed it.</summary>
    private const int AllPushed = 0x1_0000;

    // What a device needs of a queue only once it takes chains from it: an idle queue holds neither.
    private ulong[]? _inFlight;
    private DescriptorChain?[]? _free;
    private int _freeCount;

    private IQueueJournal? _journal;
    private CrashPoints _crashes;
    private IGuestMemory? _memory;

    /// <summary>The same as <see cref="_memory"/> when the RAM is on another node.</summary>
    private RingWindow? _window;
    private ulong _descriptors;
    private ulong _available;
    private ulong _used;
    private int _size;
    private int _pushed;
    private uint _generation = 1;
    private ushort _lastAvailable;
    private ushort _seenAvailable;
    private ushort _usedIndex;
    private RingFeatures _features;
    private bool _kicksOff;
    private bool _mustPublish;

    /// <summary>Index within the device.</summary>
    public int Index { get; } = index;

    /// <summary>Entries while ready, else 0.</summary>
    public int Size => _size;

    /// <summary>True when the driver set the queue up and it is not reset.</summary>
    public bool IsReady => _memory is not null;

    /// <summary>Chains taken and not yet used.</summary>
    public int InFlight { get; private set; }

    /// <summary>The device's own used index: how many chains it has used, 16 bits of it.</summary>
    public ushort UsedIndex => _usedIndex;

    /// <summary>Whether a chain was taken in the queue's life of now, and not given back.</summary>
    public bool Owns(DescriptorChain chain) => IsReady && chain.Generation == _generation;

    /// <summary>Who notes used chains, and where a simulated world may crash their device. Before the queue is used.</summary>
    public void Attach(IQueueJournal journal, CrashPoints crashes)
    {
        _journal = journal;
        _crashes = crashes;
    }

    /// <summary>What a crash must not lose.</summary>
    public VirtqueueState State => new(IsReady, _size, _descriptors, _available, _used, _lastAvailable, _usedIndex, FeatureBits(_features));

    /// <summary>
    /// Sets the queue up, indices 0. False, and nothing changes, when the size is no power of two up to 32768 or a ring is misaligned or not wholly in RAM.
    /// </summary>
    /// <param name="memory">The guest's RAM.</param>
    /// <param name="size">Entries.</param>
    /// <param name="descriptors">Descriptor table.</param>
    /// <param name="available">Available ring (driver area).</param>
    /// <param name="used">Used ring (device area).</param>
    /// <param name="features">Negotiated features; only the ring's are looked at.</param>
    public bool TryEnable(IGuestMemory memory, int size, ulong descriptors, ulong available, ulong used, ulong features)
    {
        if (!IsPossible(memory, size, descriptors, available, used))
            return false;

        Reset();
        _memory = memory;
        _window = memory as RingWindow;
        _size = size;
        _descriptors = descriptors;
        _available = available;
        _used = used;
        SetFeatures(features);
        _window?.Open(0);
        return true;
    }

    /// <summary>Brings a queue back as it was. False, and the queue is not ready, when the state is not possible (it comes from outside, as hostile as a guest).</summary>
    public bool TryRestore(IGuestMemory memory, in VirtqueueState state)
    {
        Reset();
        if (!state.IsReady)
            return true;
        if (!TryEnable(memory, state.Size, state.DescriptorTable, state.AvailableRing, state.UsedRing, state.Features))
            return false;
        _lastAvailable = state.LastAvailable;
        _seenAvailable = state.LastAvailable;
        _usedIndex = state.UsedIndex;
        _window?.Open(_lastAvailable);

        // What was pushed before may not have been signalled: an interrupt too many is harmless, a lost one isn't. Nor may its index have got to memory.
        _pushed = AllPushed;
        _mustPublish = true;

        // The driver may have been told that kicks are not needed: taken for told, so that it is told otherwise.
        _kicksOff = (_features & RingFeatures.EventIndex) == 0;
        return true;
    }

    /// <summary>Takes the ring's features from <paramref name="features"/> (a legacy driver may write them after it set the queue up).</summary>
    public void SetFeatures(ulong features)
    {
        _features = RingFeatures.None;
        if ((features & VirtioSpec.FeatureIndirectDescriptors) != 0)
            _features |= RingFeatures.Indirect;
        if ((features & VirtioSpec.FeatureEventIndex) != 0)
            _features |= RingFeatures.EventIndex;
        if ((features & VirtioSpec.FeatureNotifyOnEmpty) != 0 && (features & VirtioSpec.FeatureVersion1) == 0)
            _features |= RingFeatures.NotifyOnEmpty;
    }

    /// <summary>Stops the queue and forgets everything: chains taken from it become worthless, pushing one has no effect.</summary>
    public void Reset()
    {
        if (_memory is null)
            return;
        _window?.Close();
        _window = null;
        _memory = null;
        _descriptors = 0;
        _available = 0;
        _used = 0;
        _size = 0;
        _pushed = 0;
        _lastAvailable = 0;
        _seenAvailable = 0;
        _usedIndex = 0;
        _features = RingFeatures.None;
        _kicksOff = false;
        _mustPublish = false;
        _inFlight = null;
        InFlight = 0;
        if (++_generation == 0)
            _generation = 1;
    }

    /// <summary>
    /// Takes the next chain, checked as a whole. Before it says Empty it asks for a kick (with EVENT_IDX, unless <see cref="DisableKicks"/> was called),
    /// so a device that pops until Empty never misses one. On Broken nothing is consumed. The chain is null unless the result is Chain.
    /// </summary>
    public virtual VirtqueuePop TryPop(out DescriptorChain chain, out GuestFault fault)
    {
        chain = null!;
        fault = default;
        if (_memory is not { } memory)
            return VirtqueuePop.Empty;

        if (_seenAvailable == _lastAvailable || _window is not null)
        {
            var seen = LookForMore(memory, out fault);
            if (seen != VirtqueuePop.Chain)
                return seen;
            if (_window is { } window && !window.TryBegin(_lastAvailable))
                return VirtqueuePop.Empty;
        }

        if (!memory.TryReadUInt16(_available + VirtioSpec.AvailRing + (2UL * (uint)(_lastAvailable & (_size - 1))), out var head))
            return _window?.TakeMiss(_lastAvailable) == true ? VirtqueuePop.Empty : Broken(GuestFaultKind.RingOutsideRam, _available, out fault);
        if (head >= _size)
            return Broken(GuestFaultKind.HeadOutOfRange, head, out fault);
        _inFlight ??= new ulong[(_size + 63) / 64];
        if ((_inFlight[head >> 6] & (1UL << head)) != 0)
            return Broken(GuestFaultKind.HeadInFlight, head, out fault);

        var taken = Rent();
        taken.Begin(memory, _window, head);
        if (Walk(memory, taken, out fault) is var kind && kind != VirtqueuePop.Chain)
        {
            Return(taken);
            if (_window?.TakeMiss(_lastAvailable) != true)
                return kind;
            fault = default;
            return VirtqueuePop.Empty;
        }

        taken.End();
        taken.Generation = _generation;
        _inFlight[head >> 6] |= 1UL << head;
        InFlight++;
        _lastAvailable++;
        chain = taken;
        return VirtqueuePop.Chain;
    }

    /// <summary>
    /// Gives a chain back: used element, then the used index. The length is cut to what was really written. A chain of an earlier life of the queue, or one
    /// given back already, is ignored. False when the ring's memory is gone: fail the device with <see cref="GuestFaultKind.RingOutsideRam"/>.
    /// </summary>
    public bool Push(DescriptorChain chain, uint written)
    {
        if (chain.Generation != _generation || _memory is not { } memory)
            return true;

        _crashes.Here(CrashSite.AfterPayload);
        var head = chain.Head;
        written = Math.Min(written, chain.Written);
        _inFlight![head >> 6] &= ~(1UL << head);
        InFlight--;
        Return(chain);

        Span<byte> element = stackalloc byte[VirtioSpec.UsedElementSize];
        BinaryPrimitives.WriteUInt32LittleEndian(element, head);
        BinaryPrimitives.WriteUInt32LittleEndian(element[4..], written);
        if (!memory.TryWrite(_used + VirtioSpec.UsedRing + ((ulong)(uint)(_usedIndex & (_size - 1)) * VirtioSpec.UsedElementSize), element))
            return false;
        _crashes.Here(CrashSite.AfterUsedElement);
        _usedIndex++;
        if (_pushed < AllPushed)
            _pushed++;
        _journal?.Commit(this);
        if (!memory.TryWriteUInt16(_used + VirtioSpec.UsedIndex, _usedIndex))
            return false;
        _mustPublish = false;
        _crashes.Here(CrashSite.AfterUsedIndex);
        return true;
    }

    /// <summary>Says whether what was pushed since the last call asks for an interrupt (clause 2.7.7.2).</summary>
    public bool NeedsInterrupt()
    {
        if (_window is { } window)
            return NeedsInterrupt(window);
        if (_pushed == 0 || _memory is not { } memory)
            return false;
        var pushed = _pushed;
        _pushed = 0;
        if (_mustPublish)
            _mustPublish = !memory.TryWriteUInt16(_used + VirtioSpec.UsedIndex, _usedIndex);

        // The driver writes its wish, then looks at the used index; the device wrote the used index and looks at the wish.
        memory.Fence();
        return IsWanted(memory, pushed, _usedIndex);
    }

    /// <summary>A kick. True when the ring is on another node: what it holds comes with an answer, and is to be looked at then.</summary>
    public bool AskForChains()
    {
        _window?.Kick();
        return _window is not null;
    }

    /// <summary>What was pushed asks for an interrupt once it is with the guest, by the wish that was read there afterwards.</summary>
    private bool NeedsInterrupt(RingWindow window)
    {
        if (_pushed > 0)
        {
            if (_mustPublish)
                _mustPublish = !window.TryWriteUInt16(_used + VirtioSpec.UsedIndex, _usedIndex);
            window.Pushed(_pushed, _usedIndex);
            _pushed = 0;
        }

        return window.TryTakeVerdict(out var pushed, out var usedIndex) && IsWanted(window, pushed, usedIndex);
    }

    private bool IsWanted(IGuestMemory memory, int pushed, ushort usedIndex)
    {
        if ((_features & RingFeatures.NotifyOnEmpty) != 0 && InFlight == 0
            && memory.TryReadUInt16(_available + VirtioSpec.AvailIndex, out var available) && available == _lastAvailable)
            return true;
        if ((_features & RingFeatures.EventIndex) != 0)
        {
            return !memory.TryReadUInt16(_available + VirtioSpec.AvailRing + (2UL * (uint)_size), out var wanted)
                || (ushort)(usedIndex - wanted - 1) < pushed;
        }

        return !memory.TryReadUInt16(_available + VirtioSpec.AvailFlags, out var flags) || (flags & VirtioSpec.AvailNoInterrupt) == 0;
    }

    /// <summary>Tells the driver that kicks are not needed. It may kick nevertheless.</summary>
    public void DisableKicks()
    {
        if (_memory is not { } memory || _kicksOff)
            return;
        _kicksOff = true;

        // With EVENT_IDX nothing is to be done: the event index stays behind.
        if ((_features & RingFeatures.EventIndex) == 0)
            memory.TryWriteUInt16(_used + VirtioSpec.UsedFlags, VirtioSpec.UsedNoNotify);
    }

    /// <summary>Tells the driver that kicks are needed. True when chains are available already, whose kick will not come: pop again.</summary>
    public bool EnableKicks()
    {
        if (_memory is not { } memory)
            return false;
        if ((_features & RingFeatures.EventIndex) != 0)
            memory.TryWriteUInt16(AvailEventAddress, _lastAvailable);
        else if (_kicksOff)
            memory.TryWriteUInt16(_used + VirtioSpec.UsedFlags, 0);
        _kicksOff = false;
        memory.Fence();
        return memory.TryReadUInt16(_available + VirtioSpec.AvailIndex, out var available) && available != _lastAvailable;
    }

    private ulong AvailEventAddress => _used + VirtioSpec.UsedRing + ((ulong)(uint)_size * VirtioSpec.UsedElementSize);

    /// <summary>Tells whether a queue can be made of these: a power of two, aligned 16/2/4, each ring wholly in RAM.</summary>
    internal static bool IsPossible(IGuestMemory memory, int size, ulong descriptors, ulong available, ulong used) =>
        size is > 0 and <= VirtioSpec.MaxQueueSize && (size & (size - 1)) == 0
        && (descriptors & 15) == 0 && (available & 1) == 0 && (used & 3) == 0
        && descriptors != 0 && available != 0 && used != 0
        && memory.IsRam(descriptors, (ulong)VirtioSpec.DescriptorTableBytes(size))
        && memory.IsRam(available, (ulong)VirtioSpec.AvailBytes(size))
        && memory.IsRam(used, (ulong)VirtioSpec.UsedBytes(size));

    private static ulong FeatureBits(RingFeatures features) =>
        ((features & RingFeatures.Indirect) != 0 ? VirtioSpec.FeatureIndirectDescriptors : 0)
        | ((features & RingFeatures.EventIndex) != 0 ? VirtioSpec.FeatureEventIndex : 0)
        | ((features & RingFeatures.NotifyOnEmpty) != 0 ? VirtioSpec.FeatureNotifyOnEmpty : 0);

    /// <summary>Reads the available index. Chain: something is there.</summary>
    private VirtqueuePop LookForMore(IGuestMemory memory, out GuestFault fault)
    {
        fault = default;
        var available = _available + VirtioSpec.AvailIndex;
        if (!memory.TryReadUInt16(available, out var seen))
            return Broken(GuestFaultKind.RingOutsideRam, available, out fault);
        if (seen == _lastAvailable)
        {
            if (_kicksOff || (_features & RingFeatures.EventIndex) == 0)
                return VirtqueuePop.Empty;
            if (!memory.TryWriteUInt16(AvailEventAddress, _lastAvailable))
                return Broken(GuestFaultKind.RingOutsideRam, AvailEventAddress, out fault);
            memory.Fence();
            if (!memory.TryReadUInt16(available, out seen))
                return Broken(GuestFaultKind.RingOutsideRam, available, out fault);
            if (seen == _lastAvailable)
                return VirtqueuePop.Empty;
        }

        // A driver has at most as many chains outstanding as there are descriptors: those in flight count too.
        if ((ushort)(seen - _lastAvailable) > _size - InFlight)
            return Broken(GuestFaultKind.AvailableIndexJump, seen, out fault);
        _seenAvailable = seen;
        return VirtqueuePop.Chain;
    }

    private VirtqueuePop Walk(IGuestMemory memory, DescriptorChain chain, out GuestFault fault)
    {
        fault = default;
        Span<byte> copy = stackalloc byte[VirtioSpec.DescriptorSize];
        var table = _descriptors;
        var entries = (uint)_size;
        var indirect = false;
        uint next = chain.Head;
        for (var count = 0; ;)
        {
            if (!memory.TryRead(table + (next * (ulong)VirtioSpec.DescriptorSize), copy))
                return Broken(GuestFaultKind.RingOutsideRam, table, out fault);
            var address = BinaryPrimitives.ReadUInt64LittleEndian(copy);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(copy[8..]);
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(copy[12..]);
            var following = BinaryPrimitives.ReadUInt16LittleEndian(copy[14..]);

            if ((flags & VirtioSpec.DescriptorIndirect) != 0)
            {
                if ((_features & RingFeatures.Indirect) == 0)
                    return Broken(GuestFaultKind.IndirectNotNegotiated, next, out fault);
                if (indirect || (flags & VirtioSpec.DescriptorNext) != 0)
                    return Broken(GuestFaultKind.IndirectNested, next, out fault);
                if (length == 0 || length % VirtioSpec.DescriptorSize != 0 || length / VirtioSpec.DescriptorSize > ushort.MaxValue)
                    return Broken(GuestFaultKind.IndirectLength, length, out fault);
                if (!memory.IsRam(address, length))
                    return Broken(GuestFaultKind.BufferOutsideRam, address, out fault);
                indirect = true;
                table = address;
                entries = length / VirtioSpec.DescriptorSize;
                next = 0;
                continue;
            }

            // Counted before it is kept: a loop ends here after as many steps as the queue has entries.
            if (++count > _size)
                return Broken(GuestFaultKind.ChainTooLong, (ulong)(uint)count, out fault);
            if (length > 0)
            {
                if (!memory.IsRam(address, length))
                    return Broken(GuestFaultKind.BufferOutsideRam, address, out fault);
                if (!chain.TryAdd(address, length, (flags & VirtioSpec.DescriptorWrite) != 0))
                    return Broken(GuestFaultKind.ReadableAfterWritable, next, out fault);
            }

            if ((flags & VirtioSpec.DescriptorNext) == 0)
                return VirtqueuePop.Chain;
            if (following >= entries)
                return Broken(GuestFaultKind.NextOutOfRange, following, out fault);
            next = following;
        }
    }

    private VirtqueuePop Broken(GuestFaultKind kind, ulong value, out GuestFault fault)
    {
        fault = new GuestFault(kind, Index, value);
        return VirtqueuePop.Broken;
    }

    private DescriptorChain Rent() => _freeCount == 0 ? new DescriptorChain() : _free![--_freeCount]!;

    private void Return(DescriptorChain chain)
    {
        chain.Generation = 0;
        if (_free is null)
            _free = new DescriptorChain?[2];
        else if (_freeCount == _free.Length)
            Array.Resize(ref _free, _freeCount * 2);
        _free[_freeCount++] = chain;
    }

    [Flags]
    private enum RingFeatures : byte
    {
        None = 0,
        Indirect = 1,
        EventIndex = 2,
        NotifyOnEmpty = 4,
    }
}
