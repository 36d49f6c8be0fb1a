using System.Buffers.Binary;
using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// One VM's RAM as devices of another node reach it, and what they leave there for whoever takes them over. An exchange is applied once: its writes and its record
/// are in force together or not at all. Who has a lower token, an earlier life or an earlier epoch than was seen changes nothing, for good.
/// Bounds: <see cref="MaxDevices"/> devices, a record of <see cref="ExchangeSpec.MaxRecordBytes"/> each; an answer as <see cref="ExchangeSpec"/> says.
/// </summary>
internal class MemoryServer(VmId vm)
{
    /// <summary>Devices of one VM, at most; an exchange of one more is refused.</summary>
    public const int MaxDevices = 256;

    private readonly SortedDictionary<ushort, Device> _devices = [];
    private readonly ByteRun _answer = new();
    private readonly ByteRun _buffers = new();
    private FencingToken _fence;

    /// <summary>Exchanges that were applied.</summary>
    public long Applied { get; private set; }

    /// <summary>Exchanges that came again.</summary>
    public long Repeated { get; private set; }

    /// <summary>Exchanges of an earlier owner, life or epoch, or out of their turn.</summary>
    public long Stale { get; private set; }

    /// <summary>Exchanges that weren't as they should be.</summary>
    public long Malformed { get; private set; }

    /// <summary>Applies an exchange and looks at what it wants; null when nothing is to be said (one out of its turn: its answer was there before).</summary>
    public virtual MemoryHop.Exchanged? Take(IGuestMemory memory, MemoryHop.Exchange exchange)
    {
        if (exchange.Fence < _fence)
            return Refuse(exchange, ExchangeResult.Stale);
        if (!IsWellFormed(exchange))
            return Refuse(exchange, ExchangeResult.Malformed);
        if (!_devices.TryGetValue(exchange.Device.RequesterId, out var device))
        {
            if (_devices.Count == MaxDevices)
                return Refuse(exchange, ExchangeResult.Malformed);
            _devices.Add(exchange.Device.RequesterId, device = new Device(exchange.Device));
        }

        _fence = exchange.Fence;
        var order = device.OrderOf(exchange);
        if (order == Order.Earlier)
            return Refuse(exchange, ExchangeResult.Stale);
        if (order == Order.Late)
        {
            Stale++;
            return null;
        }

        if (order == Order.Next)
        {
            Applied++;
            device.Begin(exchange);
            device.HasRefused = !Write(memory, exchange.Writes.AsSpan());
        }
        else
        {
            Repeated++;
        }

        // What the driver wrote before it saw the used index, and what it sees of the index after it wrote: one of the two must notice the other.
        memory.Fence();
        var result = device.HasRefused ? ExchangeResult.WriteRefused : ExchangeResult.Applied;
        return new MemoryHop.Exchanged(vm, exchange.Device, exchange.Life, exchange.Sequence, result, Look(memory, exchange.Wants.AsSpan(), device));
    }

    /// <summary>Whoever takes over reads the records, and nobody before it writes any more.</summary>
    public virtual MemoryHop.Records Read(MemoryHop.ReadRecords read)
    {
        if (read.Fence < _fence)
        {
            Stale++;
            return new MemoryHop.Records(vm, read.Fence, ExchangeResult.Stale, []);
        }

        _fence = read.Fence;
        var records = ImmutableArray.CreateBuilder<StoredRecord>(_devices.Count);
        foreach (var device in _devices.Values)
        {
            if (!device.Record.IsDefaultOrEmpty)
                records.Add(new StoredRecord(device.Function, device.Epoch, device.RecordSequence, device.Record, device.Ahead));
        }

        return new MemoryHop.Records(vm, read.Fence, ExchangeResult.Applied, records.ToImmutable());
    }

    private static bool IsWellFormed(MemoryHop.Exchange exchange)
    {
        if (exchange.Writes.IsDefault || exchange.Wants.IsDefault || exchange.Record.IsDefault || exchange.Record.Length > ExchangeSpec.MaxRecordBytes || exchange.Sequence == 0 || exchange.Ahead < 0)
            return false;
        var writes = new ByteReader(exchange.Writes.AsSpan());
        while (writes.IsGood && !writes.IsAtEnd)
        {
            writes.UInt64();
            writes.Bytes(writes.Int32());
        }

        return writes.IsGood && AreWants(exchange.Wants.AsSpan());
    }

    private static bool AreWants(ReadOnlySpan<byte> wants)
    {
        if (wants.IsEmpty)
            return true;
        var reader = new ByteReader(wants);
        var reads = reader.UInt16();
        for (var i = 0; i < reads && reader.IsGood; i++)
        {
            reader.UInt64();
            if (reader.Int32() < 0)
                return false;
        }

        var rings = reader.UInt16();
        for (var i = 0; i < rings && reader.IsGood; i++)
        {
            var ring = RingOf(ref reader);
            if (ring.Size is 0 or > ExchangeSpec.MaxQueueSize || (ring.Size & (ring.Size - 1)) != 0 || ring.Bytes < 0)
                return false;
        }

        return reader.IsGood && reader.IsAtEnd && reads <= ExchangeSpec.MaxReads && rings <= ExchangeSpec.MaxRings;
    }

    private static bool Write(IGuestMemory memory, ReadOnlySpan<byte> writes)
    {
        var isDone = true;
        for (var reader = new ByteReader(writes); !reader.IsAtEnd;)
        {
            var address = reader.UInt64();
            var bytes = reader.Bytes(reader.Int32());
            isDone &= bytes.Length == sizeof(ushort) && (address & 1) == 0
                ? memory.TryWriteUInt16(address, BinaryPrimitives.ReadUInt16LittleEndian(bytes))
                : memory.TryWrite(address, bytes);
        }

        return isDone;
    }

    private static RingWalk.Ring RingOf(ref ByteReader reader)
    {
        var size = reader.UInt16();
        var flags = reader.Byte();
        var from = reader.UInt16();
        var bytes = reader.Int32();
        var descriptors = reader.UInt64();
        return new RingWalk.Ring(
            size, (flags & ExchangeSpec.RingWalk) != 0, (flags & ExchangeSpec.RingIndirect) != 0, from, Math.Min(bytes, ExchangeSpec.PrefetchBytes), descriptors, reader.UInt64());
    }

    private ImmutableArray<byte> Look(IGuestMemory memory, ReadOnlySpan<byte> wants, Device device)
    {
        if (wants.IsEmpty)
            return [];
        var reader = new ByteReader(wants);
        var walk = new RingWalk(memory, _answer, _buffers);
        for (var reads = reader.UInt16(); reads > 0; reads--)
            walk.Read(reader.UInt64(), reader.Int32());
        for (var rings = reader.UInt16(); rings > 0; rings--)
            walk.Look(RingOf(ref reader));
        device.Give(walk.Given);
        _buffers.Drop();
        return _answer.Take();
    }

    private MemoryHop.Exchanged Refuse(MemoryHop.Exchange exchange, ExchangeResult result)
    {
        if (result == ExchangeResult.Malformed)
            Malformed++;
        else
            Stale++;
        return new MemoryHop.Exchanged(vm, exchange.Device, exchange.Life, exchange.Sequence, result, []);
    }

    private enum Order
    {
        /// <summary>To be applied.</summary>
        Next,

        /// <summary>The last one, again.</summary>
        Again,

        /// <summary>A copy of one before the last, or one that can't be yet.</summary>
        Late,

        /// <summary>Of somebody before the one who writes now.</summary>
        Earlier,
    }

    private sealed class Device(Bdf function)
    {
        private FencingToken _fence;
        private ulong _life;
        private ulong _sequence;
        private long _ahead;
        private int _given;

        public Bdf Function => function;

        /// <summary>Bytes that the device may have sent on without its record's knowing.</summary>
        public long Ahead => _ahead + _given;

        public uint Epoch { get; private set; }

        public bool HasRefused { get; set; }

        public ulong RecordSequence { get; private set; }

        public ImmutableArray<byte> Record { get; private set; } = [];

        public Order OrderOf(MemoryHop.Exchange exchange)
        {
            // A life begins with its first exchange: a later one of a life that was never seen is a copy from before this memory was made.
            if (exchange.Fence > _fence || (exchange.Fence == _fence && exchange.Life > _life))
                return exchange.Sequence == 1 ? Order.Next : Order.Earlier;
            if (exchange.Fence < _fence || exchange.Life < _life || exchange.Epoch < Epoch)
                return Order.Earlier;
            return exchange.Sequence == _sequence + 1 ? Order.Next : exchange.Sequence == _sequence ? Order.Again : Order.Late;
        }

        public void Begin(MemoryHop.Exchange exchange)
        {
            _fence = exchange.Fence;
            _life = exchange.Life;
            _sequence = exchange.Sequence;
            Epoch = exchange.Epoch;
            _ahead = exchange.Record.IsEmpty ? Ahead : exchange.Ahead;
            _given = 0;
            if (exchange.Record.IsEmpty)
                return;
            Record = exchange.Record;
            RecordSequence = exchange.Sequence;
        }

        /// <summary>The answer brings bytes of buffers. Of answers to a repeated exchange only one counts, and nobody here knows which.</summary>
        public void Give(int bytes) => _given = Math.Max(_given, bytes);
    }
}
