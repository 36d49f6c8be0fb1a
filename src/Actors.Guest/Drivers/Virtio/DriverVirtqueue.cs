using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// One split virtqueue as its driver sees it (virtio 1.2 clause 2.7). Nothing that the device wrote is believed: what stands in the used
/// ring is checked against the driver's own record of chains in flight, and a device that breaks the rules breaks only its queue.
/// </summary>
public sealed class DriverVirtqueue
{
    /// <summary>Most segments of a chain that goes into an indirect table.</summary>
    public const int MaxIndirectSegments = 16;

    private const ushort NoDescriptor = ushort.MaxValue;

    private readonly IGuestMemory _memory;
    private readonly VirtqueueLayout _layout;
    private readonly bool _eventIndex;
    private readonly GuestHeap? _indirectHeap;
    private readonly ushort _mask;

    /// <summary>The driver's own record of each descriptor; made when the queue is first used.</summary>
    private DescriptorRecord[]? _records;
    private ulong _indirectTables;
    private ushort _free;
    private ushort _next;
    private ushort _published;
    private ushort _lastUsed;
    private bool _interrupts = true;

    /// <summary>Takes over rings that nobody has used yet.</summary>
    /// <param name="memory">The machine's RAM.</param>
    /// <param name="layout">Where the rings are.</param>
    /// <param name="doorbell">How to kick.</param>
    /// <param name="eventIndex">EVENT_IDX was negotiated.</param>
    /// <param name="indirectHeap">INDIRECT_DESC was negotiated and chains of several segments shall use it: where its tables come from. Else null.</param>
    public DriverVirtqueue(IGuestMemory memory, VirtqueueLayout layout, QueueDoorbell doorbell, bool eventIndex, GuestHeap? indirectHeap = null)
    {
        _memory = memory;
        _layout = layout;
        _eventIndex = eventIndex;
        _indirectHeap = indirectHeap;
        _mask = (ushort)(layout.Size - 1);
        Doorbell = doorbell;
        FreeDescriptors = layout.Size;
    }

    /// <summary>Entries.</summary>
    public int Size => _layout.Size;

    /// <summary>Where the rings are.</summary>
    public VirtqueueLayout Layout => _layout;

    /// <summary>How to kick.</summary>
    public QueueDoorbell Doorbell { get; }

    /// <summary>True when EVENT_IDX was negotiated.</summary>
    public bool UsesEventIndex => _eventIndex;

    /// <summary>Descriptors that no chain uses.</summary>
    public int FreeDescriptors { get; private set; }

    /// <summary>Chains that were added and did not come back.</summary>
    public int InFlight { get; private set; }

    /// <summary>What the device did against the rules, counted.</summary>
    public long Faults { get; private set; }

    /// <summary>True after a used ring that can't be right: nothing is taken from it any more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>True when chains are waiting in the used ring.</summary>
    public bool HasUsed => !IsBroken && InFlight != 0 && ReadUsedIndex() != _lastUsed;

    /// <summary>Adds a chain of one segment. It becomes available with <see cref="Publish"/>.</summary>
    /// <param name="address">In RAM.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="deviceWrites">True when the device writes to it.</param>
    /// <param name="token">Comes back with the chain.</param>
    /// <returns>False when no descriptor is free.</returns>
    public bool TryAdd(ulong address, uint length, bool deviceWrites, int token)
    {
        if (FreeDescriptors == 0 || IsBroken)
            return false;
        var records = _records ??= NewRecords();
        var head = _free;
        _free = records[head].Next;
        FreeDescriptors--;
        WriteDescriptor(_layout.Descriptors, head, address, length, deviceWrites ? VirtioSpec.DescriptorWrite : (ushort)0, 0);
        records[head].Next = NoDescriptor;
        MakeNext(head, token, deviceWrites ? length : 0);
        return true;
    }

    /// <summary>Adds a chain of any framing, readable segments first. It becomes available with <see cref="Publish"/>.</summary>
    /// <returns>False when there are too few free descriptors.</returns>
    public bool TryAdd(ReadOnlySpan<GuestSegment> segments, int token)
    {
        if (segments.Length == 1)
            return TryAdd(segments[0].Address, segments[0].Length, segments[0].DeviceWrites, token);
        if (segments.IsEmpty || IsBroken)
            return false;
        return _indirectHeap is not null && segments.Length <= MaxIndirectSegments
            ? TryAddIndirect(segments, token)
            : TryAddDirect(segments, token);
    }

    /// <summary>Makes the added chains available. Returns true when the device wants to be kicked.</summary>
    public bool Publish()
    {
        if (_next == _published)
            return false;
        var old = _published;
        _published = _next;
        _memory.TryWriteUInt16(_layout.Available + VirtioSpec.AvailIndex, _next);
        _memory.Fence();
        if (_eventIndex)
        {
            _memory.TryReadUInt16(AvailEventAt, out var wanted);
            return (ushort)(_next - wanted - 1) < (ushort)(_next - old);
        }

        _memory.TryReadUInt16(_layout.Used + VirtioSpec.UsedFlags, out var flags);
        return (flags & VirtioSpec.UsedNoNotify) == 0;
    }

    /// <summary>Kicks the device: one exit.</summary>
    public IoAwaitable Kick(GuestCpu cpu) => Doorbell.Ring(cpu);

    /// <summary>Takes a chain that the device is done with.</summary>
    /// <param name="token">What was given to TryAdd.</param>
    /// <param name="written">Bytes the device wrote, at most what the chain offers for that.</param>
    public bool TryTakeUsed(out int token, out uint written)
    {
        token = 0;
        written = 0;
        if (IsBroken || InFlight == 0)
            return false;
        var pending = (ushort)(ReadUsedIndex() - _lastUsed);
        if (pending == 0)
            return false;
        if (pending > InFlight)
            return Break();

        Span<byte> element = stackalloc byte[VirtioSpec.UsedElementSize];
        _memory.TryRead(_layout.Used + VirtioSpec.UsedRing + ((ulong)(_lastUsed & _mask) * VirtioSpec.UsedElementSize), element);
        var head = BinaryPrimitives.ReadUInt32LittleEndian(element);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(element[4..]);
        _lastUsed++;
        if (head >= (uint)Size || !_records![head].IsHead)
            return Break();

        ref var record = ref _records[head];
        token = record.Token;
        written = Math.Min(length, record.Writable);

        // The length of a chain without writable parts has no meaning, and some devices fill it in.
        if (length > record.Writable && record.Writable != 0)
            Faults++;
        Release((ushort)head);
        InFlight--;
        return true;
    }

    /// <summary>Asks for no interrupts. The device may still send some.</summary>
    public void DisableInterrupts()
    {
        if (!_interrupts)
            return;
        _interrupts = false;
        if (_eventIndex)
        {
            // An index just passed comes round again only after 65,535 more chains.
            _memory.TryWriteUInt16(UsedEventAt, (ushort)(_lastUsed - 1));
        }
        else
        {
            _memory.TryWriteUInt16(_layout.Available + VirtioSpec.AvailFlags, VirtioSpec.AvailNoInterrupt);
        }
    }

    /// <summary>
    /// Asks for an interrupt when the device used the next chain. False when it has used one already: take that first, no
    /// interrupt may come for it.
    /// </summary>
    public bool EnableInterrupts() => EnableInterruptsAfter(1);

    /// <summary>Asks for an interrupt when the device used half of what is in flight (with EVENT_IDX; else the next chain).</summary>
    public bool EnableInterruptsAfterHalf() => EnableInterruptsAfter((InFlight + 1) / 2);

    private ulong UsedEventAt => _layout.Available + VirtioSpec.AvailRing + (2 * (ulong)Size);

    private ulong AvailEventAt => _layout.Used + VirtioSpec.UsedRing + (VirtioSpec.UsedElementSize * (ulong)Size);

    private bool EnableInterruptsAfter(int chains)
    {
        _interrupts = true;
        if (_eventIndex)
        {
            _memory.TryWriteUInt16(UsedEventAt, (ushort)(_lastUsed + Math.Max(chains, 1) - 1));
        }
        else
        {
            _memory.TryWriteUInt16(_layout.Available + VirtioSpec.AvailFlags, 0);
        }

        _memory.Fence();
        return !HasUsed;
    }

    private ushort ReadUsedIndex() => _memory.TryReadUInt16(_layout.Used + VirtioSpec.UsedIndex, out var index) ? index : _lastUsed;

    private bool TryAddDirect(ReadOnlySpan<GuestSegment> segments, int token)
    {
        if (segments.Length > FreeDescriptors)
            return false;
        var records = _records ??= NewRecords();
        var head = _free;
        var at = head;
        var writable = 0UL;
        for (var i = 0; i < segments.Length; i++)
        {
            ref readonly var segment = ref segments[i];
            var next = records[at].Next;
            var last = i == segments.Length - 1;
            WriteDescriptor(_layout.Descriptors, at, segment.Address, segment.Length, FlagsOf(segment, last), last ? (ushort)0 : next);
            writable += segment.DeviceWrites ? segment.Length : 0;
            FreeDescriptors--;
            if (last)
            {
                _free = next;
                records[at].Next = NoDescriptor;
            }
            else
            {
                at = next;
            }
        }

        MakeNext(head, token, (uint)Math.Min(writable, uint.MaxValue));
        return true;
    }

    private bool TryAddIndirect(ReadOnlySpan<GuestSegment> segments, int token)
    {
        if (FreeDescriptors == 0)
            return false;
        const int TableBytes = MaxIndirectSegments * VirtioSpec.DescriptorSize;
        if (_indirectTables == 0)
            _indirectTables = _indirectHeap!.Allocate(TableBytes * Size);

        var records = _records ??= NewRecords();
        var head = _free;
        var table = _indirectTables + (ulong)(head * TableBytes);
        var writable = 0UL;
        for (var i = 0; i < segments.Length; i++)
        {
            ref readonly var segment = ref segments[i];
            var last = i == segments.Length - 1;
            WriteDescriptor(table, (ushort)i, segment.Address, segment.Length, FlagsOf(segment, last), last ? (ushort)0 : (ushort)(i + 1));
            writable += segment.DeviceWrites ? segment.Length : 0;
        }

        _free = records[head].Next;
        records[head].Next = NoDescriptor;
        FreeDescriptors--;
        WriteDescriptor(_layout.Descriptors, head, table, (uint)(segments.Length * VirtioSpec.DescriptorSize), VirtioSpec.DescriptorIndirect, 0);
        MakeNext(head, token, (uint)Math.Min(writable, uint.MaxValue));
        return true;
    }

    private static ushort FlagsOf(in GuestSegment segment, bool last) =>
        (ushort)((segment.DeviceWrites ? VirtioSpec.DescriptorWrite : 0) | (last ? 0 : VirtioSpec.DescriptorNext));

    private void WriteDescriptor(ulong table, ushort index, ulong address, uint length, ushort flags, ushort next)
    {
        Span<byte> bytes = stackalloc byte[VirtioSpec.DescriptorSize];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, address);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[12..], flags);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[14..], next);
        _memory.TryWrite(table + ((ulong)index * VirtioSpec.DescriptorSize), bytes);
    }

    private void MakeNext(ushort head, int token, uint writable)
    {
        ref var record = ref _records![head];
        record.Token = token;
        record.Writable = writable;
        record.IsHead = true;
        _memory.TryWriteUInt16(_layout.Available + VirtioSpec.AvailRing + (2 * (ulong)(_next & _mask)), head);
        _next++;
        InFlight++;
    }

    /// <summary>Puts a chain's descriptors back, the way the driver linked them: the table itself may say anything by now.</summary>
    private void Release(ushort head)
    {
        var records = _records!;
        records[head].IsHead = false;
        var last = head;
        FreeDescriptors++;
        while (records[last].Next != NoDescriptor)
        {
            last = records[last].Next;
            FreeDescriptors++;
        }

        records[last].Next = _free;
        _free = head;
    }

    private bool Break()
    {
        Faults++;
        IsBroken = true;
        return false;
    }

    private DescriptorRecord[] NewRecords()
    {
        var records = new DescriptorRecord[Size];
        for (var i = 0; i < records.Length; i++)
            records[i].Next = i + 1 < records.Length ? (ushort)(i + 1) : NoDescriptor;
        return records;
    }

    private struct DescriptorRecord
    {
        public int Token;
        public uint Writable;
        public ushort Next;
        public bool IsHead;
    }
}
