using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.DeviceModel;

/// <summary>
/// Guest RAM on another node as one device reaches it. A turn of the device never waits: its queues read from their windows (<see cref="RingWindow"/>), what they write goes into a log.
/// At the end of a turn, when something is to be said or heard and no exchange is on its way, one leaves (<see cref="MemoryHop.Exchange"/>): the log in order, what is to be looked at after it,
/// and the device's record as of then. It is repeated at every tick of 250 ms, but for the first after it left, until it is answered.
/// <list type="bullet">
/// <item>A kick with a backend that is quick costs two: one brings chains and their bytes, one takes the used elements and looks whether there is more. A changed leave to kick waits for the
/// port's answer that is due anyway, 250 ms at most.</item>
/// <item>Nothing overtakes what it speaks of: interrupts are decided when the used index has been written and the driver's wish read after it; a register access that changed something is
/// answered when the exchange with its record is, so a device model that takes over knows of every access that the guest knows to be done.</item>
/// <item>What leaves at once are bytes for ports, credit for doorbells, registrations. A backend that outlives the node may so have bytes of which the record stored with the guest says nothing: the
/// record's stream position is that of the first chain whose used element was stored with it, and the backend's may be ahead of it by what was in flight, never behind. Who takes over reads
/// the ring from there, and the backend says how much of that it has.</item>
/// <item>It belongs to the device's supervisor and outlives the device's crashes. What a crashed turn wrote behind its last commit is forgotten, as what its record doesn't know.</item>
/// </list>
/// Bounds: a log of <see cref="ExchangeSpec.LogBytes"/> and one turn an exchange; behind <see cref="MaxBacklog"/> no chain is taken any more; windows as they say.
/// </summary>
internal sealed class RemoteGuestMemory : IGuestMemory
{
    /// <summary>Bytes of writes that wait, at most, but for those of a turn.</summary>
    public const int MaxBacklog = 256 * 1024;

    private readonly RemoteRam _ram;
    private readonly Bdf _device;
    private readonly List<RingWindow> _windows = new(4);
    private readonly List<Asked> _asked = new(4);
    private readonly List<(RingWindow Window, int Count)> _reads = new(1);
    private readonly Queue<Closed> _closed = new();
    private readonly ByteRun _log = new();
    private readonly ByteRun _scratch = new();
    private MemoryHop.Exchange? _outstanding;
    private ImmutableArray<byte> _stored = [];
    private int _backlog;
    private int _mark;
    private int _first;
    private ulong _sequence;
    private bool _mustStore;
    private bool _wasFull;
    private bool _hasFailed;
    private bool _isFresh;

    /// <summary>Makes a device's way to the RAM.</summary>
    public RemoteGuestMemory(RemoteRam ram, Bdf device)
    {
        _ram = ram;
        _device = device;
        Server = ram.Server;
    }

    /// <summary>Who is asked: at first the node's, then the VM's own, as it answered.</summary>
    public IActorRef Server { get; set; }

    /// <summary>The last exchange that was answered.</summary>
    public ulong Answered { get; private set; }

    /// <summary>Exchanges that left, repetitions not counted.</summary>
    public ulong Exchanges => _sequence;

    /// <summary>Exchanges that were sent again.</summary>
    public long Repetitions { get; private set; }

    /// <summary>Answers of other exchanges than the one that is on its way.</summary>
    public long Stale { get; private set; }

    /// <summary>Answers that were none.</summary>
    public long Malformed { get; private set; }

    /// <summary>Somebody else owns the device by now, or says so: nothing leaves any more.</summary>
    public bool IsSuperseded { get; private set; }

    /// <summary>An exchange is on its way, or due.</summary>
    public bool IsOutstanding => !IsSuperseded && (_outstanding is not null || IsEager || IsEventDue(null));

    /// <summary>So much waits to be written that no more work is taken.</summary>
    public bool IsFull => _backlog + _log.Length > MaxBacklog;

    /// <summary>No more chains are wanted, and those that are here go nowhere: the device is being drained.</summary>
    public bool IsQuiet { get; set; }

    /// <summary>Bytes of chains that are here and weren't begun.</summary>
    public long Held
    {
        get
        {
            var held = 0L;
            foreach (var window in _windows)
                held += window.Held;
            return held;
        }
    }

    /// <summary>The exchange that will carry what the device knows now.</summary>
    public ulong Next => _sequence + (ulong)_closed.Count + 1;

    private bool IsEager
    {
        get
        {
            if (_log.Length > 0 || _closed.Count > 0 || _mustStore)
                return true;
            foreach (var window in _windows)
            {
                if (window.HasUsed || window.NeedsLook)
                    return true;
            }

            return false;
        }
    }

    /// <summary>The window of a queue.</summary>
    public RingWindow WindowOf(int queue, in VirtqueueState ring) => new(this, queue, ring);

    /// <summary>A device that takes over from a crashed one: its queues have windows of their own.</summary>
    public void Begin()
    {
        _log.CutTo(_mark);
        foreach (var window in _windows)
            window.AddWords();
        Mark();
        _windows.Clear();
        _asked.Clear();
        _reads.Clear();
    }

    /// <summary>The record knows of what was written so far.</summary>
    public void Mark() => _mark = _log.Length;

    /// <summary>A window is in use.</summary>
    public void Register(RingWindow window)
    {
        if (!_windows.Contains(window))
            _windows.Add(window);
    }

    /// <summary>A window isn't any more.</summary>
    public void Unregister(RingWindow window) => _windows.Remove(window);

    /// <summary>What the device knows now must lie with the guest before somebody hears of it. Gives the exchange to wait for (<see cref="Answered"/>).</summary>
    public ulong Store()
    {
        _mustStore = true;
        return Next;
    }

    /// <summary>A turn of the device is over.</summary>
    /// <param name="record">The device's, as of now.</param>
    /// <param name="core">Knows for which queues an answer is owed.</param>
    /// <param name="effects">Where an exchange leaves.</param>
    public void EndTurn(DeviceRecord record, DeviceCore core, IDeviceEffects effects)
    {
        if (IsSuperseded)
            return;
        Mark();
        _wasFull |= IsFull;
        if (_outstanding is not null)
        {
            if (_log.Length > ExchangeSpec.LogBytes)
                Close(record);
            return;
        }

        if (IsEager || IsEventDue(core))
            Leave(record, effects);
    }

    /// <summary>A tick. The ticks of a busy device come at any moment: an exchange is lost, perhaps, when it has waited for a whole period.</summary>
    public void Repeat(DeviceRecord record, IDeviceEffects effects)
    {
        if (IsSuperseded)
            return;
        if (_outstanding is { } again)
        {
            if (_isFresh)
            {
                _isFresh = false;
                return;
            }

            Repetitions++;
            // Whoever answered last may be gone, its parent isn't.
            Server = _ram.Server;
            effects.Send(again);
        }
        else if (IsEager || IsEventDue(null))
        {
            Leave(record, effects);
        }
    }

    /// <summary>An answer; false when nobody waits for it. What is new is with the windows (<see cref="NewsAt"/>).</summary>
    public bool Take(MemoryHop.Exchanged answer)
    {
        if (_outstanding is null || answer.Sequence != _sequence || answer.Life != _ram.Life || IsSuperseded)
        {
            Stale++;
            return false;
        }

        switch (answer.Result)
        {
            case ExchangeResult.NoMemory:
                // The VM is gone, or not there yet; the machine's own life will tell.
                return false;
            case ExchangeResult.Stale or ExchangeResult.Malformed:
                IsSuperseded = true;
                _outstanding = null;
                _log.Drop();
                _closed.Clear();
                return false;
        }

        _hasFailed |= answer.Result == ExchangeResult.WriteRefused;
        _outstanding = null;
        Answered = _sequence;
        if (!TryRead(answer.Bytes))
        {
            Malformed++;
            foreach (var window in _windows)
                window.Kick();
        }

        return true;
    }

    /// <summary>Which queues the last answer has news for: -1 behind the last. Each is given once.</summary>
    /// <param name="position">Where to look; 0 at first.</param>
    /// <param name="isNews">There are chains, or bytes of one.</param>
    public int NewsAt(ref int position, out bool isNews)
    {
        while (position < _windows.Count)
        {
            var window = _windows[position++];
            isNews = window.TakeNews() || (_wasFull && !IsFull);
            if (isNews || window.HasVerdict)
                return window.Index;
        }

        _wasFull &= IsFull;
        isNews = false;
        return -1;
    }

    /// <summary>Guest RAM refused a write since the last call.</summary>
    public bool TakeFailure()
    {
        var hasFailed = _hasFailed;
        _hasFailed = false;
        return hasFailed;
    }

    /// <inheritdoc/>
    public bool IsRam(ulong address, ulong length) => _ram.IsRam(address, length);

    /// <summary>Reads nothing: what isn't of a queue isn't here.</summary>
    public bool TryRead(ulong address, Span<byte> destination) => false;

    /// <inheritdoc/>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        if (!_ram.IsRam(address, (ulong)source.Length))
            return false;
        if (source.IsEmpty)
            return true;

        _log.AddUInt64(address);
        _log.AddInt32(source.Length);
        _log.Add(source);
        return true;
    }

    /// <inheritdoc/>
    public bool TryReadUInt16(ulong address, out ushort value)
    {
        value = 0;
        return false;
    }

    /// <inheritdoc/>
    public bool TryWriteUInt16(ulong address, ushort value)
    {
        Span<byte> word = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(word, value);
        return (address & 1) == 0 && TryWrite(address, word);
    }

    /// <inheritdoc/>
    public bool TryReadUInt32(ulong address, out uint value)
    {
        value = 0;
        return false;
    }

    /// <inheritdoc/>
    public bool TryWriteUInt32(ulong address, uint value)
    {
        Span<byte> word = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(word, value);
        return (address & 3) == 0 && TryWrite(address, word);
    }

    /// <summary>The fence is where the exchange is applied.</summary>
    void IGuestMemory.Fence()
    {
    }

    private bool IsEventDue(DeviceCore? core)
    {
        foreach (var window in _windows)
        {
            if (window.HasEvent && core?.OwesAnswer(window.Index) != true)
                return true;
        }

        return false;
    }

    private void AddWords()
    {
        foreach (var window in _windows)
            window.AddWords();
    }

    /// <summary>The log is long enough for an exchange: what comes belongs to the next.</summary>
    private void Close(DeviceRecord record)
    {
        AddWords();
        var writes = _log.Take();
        _mark = 0;
        _backlog += writes.Length;
        _closed.Enqueue(new Closed(writes, Encode(record), AheadOf(record)));
        _mustStore = false;
    }

    private void Leave(DeviceRecord record, IDeviceEffects effects)
    {
        ImmutableArray<byte> writes, stored = [];
        var ahead = AheadOf(record);
        var isAll = true;
        if (_closed.TryDequeue(out var closed))
        {
            (writes, stored, ahead) = closed;
            _backlog -= writes.Length;
            isAll = _closed.Count == 0 && _log.Length == 0;
            foreach (var window in _windows)
                isAll &= !window.HasUsed;
        }
        else
        {
            AddWords();
            if (_log.Length > 0 || _mustStore)
                stored = Encode(record);
            writes = _log.Take();
            _mark = 0;
            _mustStore = false;
        }

        // Of pushes whose index waits behind this exchange the driver's wish is not to be asked yet.
        if (isAll)
        {
            foreach (var window in _windows)
                window.Seal();
        }

        _sequence++;
        _outstanding = new MemoryHop.Exchange(_ram.Vm, _device, record.Epoch, _ram.Fence, _ram.Life, _sequence, writes, Wants(isAll), stored, ahead);
        _isFresh = true;
        effects.Send(_outstanding);
        effects.Watch();
    }

    private ImmutableArray<byte> Wants(bool isAll)
    {
        _asked.Clear();
        _reads.Clear();
        var count = 0;
        _scratch.AddUInt16(0);
        foreach (var window in _windows)
        {
            var reads = window.Reads;
            if (reads.Count == 0 || count + reads.Count > ExchangeSpec.MaxReads)
                continue;
            foreach (var (address, length) in reads)
            {
                _scratch.AddUInt64(address);
                _scratch.AddInt32(length);
            }

            _reads.Add((window, reads.Count));
            count += reads.Count;
        }

        _scratch.PatchUInt16(0, (ushort)count);
        var at = _scratch.Length;
        _scratch.AddUInt16(0);

        // Who is asked about first has the most room in the answer: everybody once.
        _first++;
        for (var i = 0; i < _windows.Count && _asked.Count < ExchangeSpec.MaxRings; i++)
        {
            var window = _windows[(int)((uint)(i + _first) % (uint)_windows.Count)];
            if (window.IsAskedFor)
                _asked.Add(new Asked(window, window.Ask(_scratch, isAll)));
        }

        _scratch.PatchUInt16(at, (ushort)_asked.Count);
        if (count > 0 || _asked.Count > 0)
            return _scratch.Take();
        _scratch.Drop();
        return [];
    }

    private bool TryRead(ImmutableArray<byte> answer)
    {
        if (_asked.Count == 0 && _reads.Count == 0)
            return true;
        if (answer.IsDefaultOrEmpty)
            return false;
        var bytes = ImmutableCollectionsMarshal.AsArray(answer)!;
        var reader = new ByteReader(bytes);
        foreach (var (window, count) in _reads)
        {
            var start = reader.Position;
            for (var i = 0; i < count; i++)
            {
                reader.UInt64();
                reader.Bytes(Math.Max(reader.Int32(), 0));
            }

            if (!reader.IsGood)
                return false;
            window.TakeReads(bytes, start, reader.Position);
        }

        foreach (var (window, from) in _asked)
        {
            if (!window.Take(bytes, ref reader, from))
                return false;
        }

        return reader.IsGood && reader.IsAtEnd;
    }

    /// <summary>The record, when it differs from the one that went before.</summary>
    private ImmutableArray<byte> Encode(DeviceRecord record)
    {
        DeviceRecordCodec.Write(record, _scratch);
        if (_scratch.Written.SequenceEqual(_stored.AsSpan()))
        {
            _scratch.Drop();
            return [];
        }

        return _stored = _scratch.Take();
    }

    private readonly record struct Asked(RingWindow Window, ushort From);

    private int AheadOf(DeviceRecord record) => IsQuiet ? 0 : (int)Math.Min(record.Ahead + Held, int.MaxValue);

    private readonly record struct Closed(ImmutableArray<byte> Writes, ImmutableArray<byte> Record, int Ahead);
}
