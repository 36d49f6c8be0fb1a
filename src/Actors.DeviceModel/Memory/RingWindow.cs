using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Guest RAM on another node as one of a device's queues sees it, without ever waiting: the ring's words as they were last told, of the available chains those that
/// are here, with their bytes. What the queue writes is noted, and goes with the next exchange.
/// <para>It may be behind, never wrong: the index that it shows ends where the chains end that are here; a chain is shown once; whether an interrupt is asked for is decided on words that
/// were read after the used index had been written (<see cref="TryTakeVerdict"/>); flags and event index of the used ring are followed by a look at the available index.</para>
/// <para>Holds at most <see cref="ExchangeSpec.PrefetchBytes"/> of chains and one answer more.</para>
/// </summary>
internal sealed class RingWindow : IGuestMemory
{
    /// <summary>As many pushes as there are index values.</summary>
    private const int AllPushed = 0x1_0000;

    /// <summary>Attempts to walk one chain before what is missing of it counts as not there.</summary>
    private const int MostMisses = 3;

    private readonly RemoteGuestMemory _owner;
    private readonly Queue<Chunk> _chains = new();
    private readonly VirtqueueState _ring;
    private readonly ulong _availIndex;
    private readonly ulong _availFlags;
    private readonly ulong _usedEvent;
    private readonly ulong _usedFlags;
    private readonly ulong _usedIndex;
    private readonly ulong _availEvent;

    private Chunk _current;
    private Chunk _more;
    private int _cursor;
    private int _held;
    private ushort _next;
    private ushort _visible;
    private ushort _index;
    private ushort _flags;
    private ushort _wantedEvent;
    private bool _isGone;
    private bool _isKicked;
    private bool _hasMissed;
    private bool _mustLook;
    private bool _isNews;
    private int _wantedBytes;
    private int _misses;
    private int _unsealed;
    private int _sealed;
    private int _verdict;
    private ushort _unsealedIndex;
    private ushort _sealedIndex;
    private ushort _verdictIndex;
    private Word _usedIndexWord;
    private Word _flagsWord;
    private Word _eventWord;

    /// <summary>Makes the window of a queue; it is nothing until <see cref="Open"/>, and looks at nothing until the first <see cref="Kick"/>: before DRIVER_OK rings aren't read.</summary>
    public RingWindow(RemoteGuestMemory owner, int index, in VirtqueueState ring)
    {
        _owner = owner;
        _ring = ring;
        Index = index;
        _availFlags = ring.AvailableRing + VirtioSpec.AvailFlags;
        _availIndex = ring.AvailableRing + VirtioSpec.AvailIndex;
        _usedEvent = ring.AvailableRing + VirtioSpec.AvailRing + (2UL * (uint)ring.Size);
        _usedFlags = ring.UsedRing + VirtioSpec.UsedFlags;
        _usedIndex = ring.UsedRing + VirtioSpec.UsedIndex;
        _availEvent = ring.UsedRing + VirtioSpec.UsedRing + ((ulong)(uint)ring.Size * VirtioSpec.UsedElementSize);
    }

    /// <summary>The queue's index within its device.</summary>
    public int Index { get; }

    /// <summary>Ranges that are wanted of the current chain, since an answer had no room for them.</summary>
    public List<(ulong Address, int Length)> Reads { get; } = [];

    /// <summary>What was pushed is with the guest, and its wish after that is known: ask whether it wants an interrupt.</summary>
    public bool HasVerdict => _verdict > 0;

    /// <summary>Something that the guest waits for was written.</summary>
    public bool HasUsed => _usedIndexWord.IsDirty;

    /// <summary>The guest's leave to kick was changed.</summary>
    public bool HasEvent => _flagsWord.IsDirty || _eventWord.IsDirty;

    /// <summary>Bytes of chains that are here and weren't begun.</summary>
    public int Held => _held;

    /// <summary>The device has used up what is here, and doesn't know whether there is more.</summary>
    public bool NeedsLook => !_isGone && !_owner.IsQuiet && (_isKicked || Reads.Count > 0 || (_next == _visible && _index != _visible && !IsJump));

    /// <summary>There is something to be said about the ring, or to be heard.</summary>
    public bool IsAskedFor => NeedsLook || _mustLook || _sealed > 0 || (_index != _visible && !_isGone && HasRoom && !_owner.IsQuiet);

    private bool HasRoom => _held < ExchangeSpec.PrefetchBytes;

    private bool IsJump => (ushort)(_index - _next) > _ring.Size;

    private ushort ShownIndex => IsJump ? _index : _owner.IsFull ? _next : _visible;

    /// <summary>The queue is set up, and goes on with the chain at <paramref name="position"/>.</summary>
    public void Open(ushort position)
    {
        _next = position;
        _visible = position;
        _index = position;
        _owner.Register(this);
    }

    /// <summary>The queue is gone. What it wrote goes nevertheless.</summary>
    public void Close()
    {
        AddWords();
        _owner.Unregister(this);
        _chains.Clear();
        _current = default;
        _more = default;
        Reads.Clear();
    }

    /// <summary>An answer brought something that the device must look at; once.</summary>
    public bool TakeNews()
    {
        var isNews = _isNews;
        _isNews = false;
        return isNews;
    }

    /// <summary>A kick: look what is there before anything is done.</summary>
    public void Kick() => _isKicked = true;

    /// <summary>The chain at <paramref name="position"/> is walked next. False: it isn't here.</summary>
    public bool TryBegin(ushort position)
    {
        if (position == (ushort)(_next - 1) && _current.Bytes is not null)
        {
            _cursor = _current.Start;
            return true;
        }

        if (position != _next)
        {
            Forget(position);
            return false;
        }

        if (!_chains.TryDequeue(out var chain))
            return false;
        _held -= chain.Length;
        _current = chain;
        _cursor = chain.Start;
        _more = default;
        Reads.Clear();
        _next++;
        return true;
    }

    /// <summary>A walk failed; true when it was for something that isn't here: the chain comes again, and is to be walked then.</summary>
    public bool TakeMiss(ushort position)
    {
        if (!_hasMissed)
            return false;
        _hasMissed = false;
        if (++_misses > MostMisses)
            return false;
        Forget(position);
        return true;
    }

    /// <summary>How many of these bytes of the current chain are here. A part that isn't RAM counts: reading it says so.</summary>
    public int CountHere(ulong address, int length)
    {
        var here = 0;
        while (here < length)
        {
            if (!TryFind(address + (uint)here, out var bytes, out var isRefused))
                return here;
            if (isRefused)
                return length;
            here += Math.Min(bytes.Length, length - here);
        }

        return here;
    }

    /// <summary>Whether ranges may be added to <see cref="Reads"/>: not when some are on their way.</summary>
    public bool MayRead => Reads.Count == 0;

    /// <summary>Adds a range; false when that was enough.</summary>
    public bool Want(ulong address, uint length)
    {
        if (Reads.Count == 0)
            _wantedBytes = 0;
        var take = (int)Math.Min(length, (uint)(ExchangeSpec.PrefetchBytes - _wantedBytes));
        if (take == 0 || Reads.Count == ExchangeSpec.MaxReads / 4)
            return false;
        Reads.Add((address, take));
        _wantedBytes += take;
        return true;
    }

    /// <summary>Chains were used; the driver is to be told, if it wishes, when it can see them.</summary>
    public void Pushed(int count, ushort usedIndex)
    {
        _unsealed = Math.Min(_unsealed + count, AllPushed);
        _unsealedIndex = usedIndex;
    }

    /// <summary>What was pushed, is visible, and of which the driver's wish was read afterwards; once.</summary>
    public bool TryTakeVerdict(out int pushed, out ushort usedIndex)
    {
        pushed = _verdict;
        usedIndex = _verdictIndex;
        _verdict = 0;
        return pushed > 0;
    }

    /// <summary>Puts words that changed into the log, behind what they speak of.</summary>
    public void AddWords()
    {
        _mustLook |= HasEvent;
        _usedIndexWord.AddTo(_owner, _usedIndex);
        _flagsWord.AddTo(_owner, _usedFlags);
        _eventWord.AddTo(_owner, _availEvent);
    }

    /// <summary>An exchange leaves with all that was written.</summary>
    public void Seal()
    {
        if (_unsealed == 0)
            return;
        _sealed = Math.Min(_sealed + _unsealed, AllPushed);
        _sealedIndex = _unsealedIndex;
        _unsealed = 0;
    }

    /// <summary>Says what is wanted of the ring, and gives the first chain that is.</summary>
    /// <param name="wants">Where it is said.</param>
    /// <param name="isAll">Nothing that the queue wrote waits behind this exchange.</param>
    public ushort Ask(ByteRun wants, bool isAll)
    {
        var walk = HasRoom && !_owner.IsQuiet;
        wants.AddUInt16((ushort)_ring.Size);
        wants.AddByte((byte)((walk ? ExchangeSpec.RingWalk : 0) | ((_ring.Features & VirtioSpec.FeatureIndirectDescriptors) != 0 ? ExchangeSpec.RingIndirect : 0)));
        wants.AddUInt16(_visible);
        wants.AddInt32(walk ? ExchangeSpec.PrefetchBytes - _held : 0);
        wants.AddUInt64(_ring.DescriptorTable);
        wants.AddUInt64(_ring.AvailableRing);
        _isKicked = false;
        _mustLook &= !isAll;
        return _visible;
    }

    /// <summary>The ranges that were wanted.</summary>
    public void TakeReads(byte[] answer, int start, int end)
    {
        Reads.Clear();
        _more = Chunk.Of(answer, start, end);
        _isNews = true;
    }

    /// <summary>The exchange that asked is answered. Gives false for an answer that is none.</summary>
    /// <param name="answer">The whole answer.</param>
    /// <param name="reader">Where this ring begins in it.</param>
    /// <param name="from">What <see cref="Ask"/> gave.</param>
    public bool Take(byte[] answer, ref ByteReader reader, ushort from)
    {
        var isThere = reader.Bool();
        var flags = reader.UInt16();
        var index = reader.UInt16();
        var wanted = reader.UInt16();
        var chains = reader.UInt16();
        var isNext = from == _visible;
        if (!reader.IsGood || chains > _ring.Size)
            return false;
        var begin = reader.Position;
        for (var i = 0; i < chains; i++)
            reader.Bytes(reader.Int32());
        if (!reader.IsGood || !AreExtents(answer.AsSpan(begin, reader.Position - begin)))
            return false;
        _isNews |= !isThere && !_isGone;
        _isGone = !isThere;
        if (!isThere)
            return true;

        _flags = flags;
        _index = index;
        _wantedEvent = wanted;
        if (_sealed > 0)
        {
            _verdict = Math.Min(_verdict + _sealed, AllPushed);
            _verdictIndex = _sealedIndex;
            _sealed = 0;
        }

        if (isNext && chains > 0)
            Keep(Chunk.Of(answer, begin, reader.Position), chains);
        _isNews |= IsJump;
        return true;
    }

    /// <inheritdoc/>
    public bool IsRam(ulong address, ulong length) => _owner.IsRam(address, length);

    /// <inheritdoc/>
    public bool TryRead(ulong address, Span<byte> destination)
    {
        if (!_owner.IsRam(address, (ulong)destination.Length))
            return false;
        while (!destination.IsEmpty)
        {
            if (!TryFind(address, out var bytes, out var isRefused))
            {
                _hasMissed = true;
                return false;
            }

            if (isRefused)
                return false;
            var count = Math.Min(bytes.Length, destination.Length);
            bytes[..count].CopyTo(destination);
            destination = destination[count..];
            address += (uint)count;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> source) => _owner.TryWrite(address, source);

    /// <inheritdoc/>
    public bool TryReadUInt16(ulong address, out ushort value)
    {
        value = 0;
        if (_isGone)
            return false;
        if (address == _availIndex)
        {
            value = ShownIndex;
            return true;
        }

        if (address == _usedEvent || address == _availFlags)
        {
            value = address == _usedEvent ? _wantedEvent : _flags;
            return true;
        }

        Span<byte> word = stackalloc byte[sizeof(ushort)];
        if ((address & 1) != 0 || !TryRead(address, word))
            return false;
        value = BinaryPrimitives.ReadUInt16LittleEndian(word);
        return true;
    }

    /// <inheritdoc/>
    public bool TryWriteUInt16(ulong address, ushort value)
    {
        if (address == _usedIndex)
            _usedIndexWord.Set(value);
        else if (address == _usedFlags)
            _flagsWord.Set(value);
        else if (address == _availEvent)
            _eventWord.Set(value);
        else
            return _owner.TryWriteUInt16(address, value);
        return !_isGone;
    }

    /// <inheritdoc/>
    public bool TryReadUInt32(ulong address, out uint value)
    {
        Span<byte> word = stackalloc byte[sizeof(uint)];
        var isDone = (address & 3) == 0 && TryRead(address, word);
        value = isDone ? BinaryPrimitives.ReadUInt32LittleEndian(word) : 0;
        return isDone;
    }

    /// <inheritdoc/>
    public bool TryWriteUInt32(ulong address, uint value) => _owner.TryWriteUInt32(address, value);

    /// <summary>The fence is where the exchange is applied.</summary>
    void IGuestMemory.Fence()
    {
    }

    private static bool AreExtents(ReadOnlySpan<byte> chains)
    {
        var reader = new ByteReader(chains);
        while (reader.IsGood && !reader.IsAtEnd)
        {
            var extents = new ByteReader(reader.Bytes(reader.Int32()));
            while (extents.IsGood && !extents.IsAtEnd)
            {
                extents.UInt64();
                extents.Bytes(Math.Max(extents.Int32(), 0));
            }

            if (!extents.IsGood)
                return false;
        }

        return reader.IsGood;
    }

    private void Keep(Chunk chunk, int chains)
    {
        var reader = new ByteReader(chunk.Bytes.AsSpan(chunk.Start, chunk.Length));
        for (var i = 0; i < chains; i++)
        {
            var length = reader.Int32();
            var start = chunk.Start + reader.Position;
            reader.Bytes(length);
            _chains.Enqueue(new Chunk(chunk.Bytes, start, start + length));
            _held += length;
        }

        _visible += (ushort)chains;
        _isNews = true;
    }

    /// <summary>Nothing is known from here on.</summary>
    private void Forget(ushort position)
    {
        _chains.Clear();
        _held = 0;
        _current = default;
        _more = default;
        Reads.Clear();
        _next = position;
        _visible = position;
        _isKicked = true;
    }

    /// <summary>What of the current chain is here from this address on. Looks first where the last look ended: a device walks as the chain was copied.</summary>
    private bool TryFind(ulong address, out ReadOnlySpan<byte> bytes, out bool isRefused)
    {
        if (_current.Bytes is not null
            && (TryFind(_current, _cursor, _current.End, address, out bytes, out isRefused) || TryFind(_current, _current.Start, _cursor, address, out bytes, out isRefused)))
            return true;
        bytes = default;
        isRefused = false;
        return _more.Bytes is not null && TryFind(_more, _more.Start, _more.End, address, out bytes, out isRefused);
    }

    private bool TryFind(in Chunk chunk, int from, int to, ulong address, out ReadOnlySpan<byte> bytes, out bool isRefused)
    {
        var all = chunk.Bytes.AsSpan();
        for (var at = from; at < to;)
        {
            var start = BinaryPrimitives.ReadUInt64LittleEndian(all[at..]);
            var length = BinaryPrimitives.ReadInt32LittleEndian(all[(at + sizeof(ulong))..]);
            isRefused = length == ExchangeSpec.RefusedLength && start == address;
            if (isRefused || (length > 0 && address - start < (uint)length))
            {
                if (ReferenceEquals(chunk.Bytes, _current.Bytes) && chunk.Start == _current.Start)
                    _cursor = at;
                var skip = (int)(address - start);
                bytes = isRefused ? default : all.Slice(at + ExchangeSpec.ExtentHeader + skip, length - skip);
                return true;
            }

            at += ExchangeSpec.ExtentHeader + Math.Max(length, 0);
        }

        bytes = default;
        isRefused = false;
        return false;
    }

    /// <summary>A part of an answer.</summary>
    private readonly record struct Chunk(byte[] Bytes, int Start, int End)
    {
        public int Length => End - Start;

        /// <summary>A small part is copied, lest it keep a large answer alive.</summary>
        public static Chunk Of(byte[] answer, int start, int end) =>
            (end - start) * 4 >= answer.Length ? new Chunk(answer, start, end) : new Chunk(answer.AsSpan(start, end - start).ToArray(), 0, end - start);
    }

    /// <summary>A word of which only the last value counts.</summary>
    private struct Word
    {
        private ushort _value;
        private ushort _told;
        private bool _isSet;
        private bool _isTold;

        public readonly bool IsDirty => _isSet && (!_isTold || _value != _told);

        public void Set(ushort value)
        {
            _value = value;
            _isSet = true;
        }

        public void AddTo(RemoteGuestMemory owner, ulong address)
        {
            if (!IsDirty)
                return;
            Span<byte> word = stackalloc byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16LittleEndian(word, _value);
            owner.TryWrite(address, word);
            _told = _value;
            _isTold = true;
        }
    }
}
