using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>What went through a port: streams of its transmit queue's lives, where the backend may stand in them, and its input.</summary>
internal sealed class PortView(VmId vm, Bdf device, int index, ConsolePortSpec? spec)
{
    private const int MaxPlaces = 16;

    private readonly List<PortStream> _streams = [];
    private readonly Queue<byte> _emergency = new();
    private Place[] _places = new Place[2];
    private Place[] _next = new Place[2];
    private int _count;

    /// <summary>Whose.</summary>
    public VmId Vm { get; } = vm;

    /// <summary>Its device.</summary>
    public Bdf Device { get; } = device;

    /// <summary>Its index.</summary>
    public int Index { get; } = index;

    /// <summary>Its description, or null when it isn't known.</summary>
    public ConsolePortSpec? Spec { get; } = spec;

    /// <summary>Policy while somebody is at the backend's end.</summary>
    public PortPolicy Policy { get; } = spec?.Policy ?? (spec?.Backend == BackendKind.Pty ? PortPolicy.DefaultBuffer : PortPolicy.Block);

    /// <summary>Bytes that may wait for the backend although their buffers were given back.</summary>
    public int MayHold => Policy.Kind == PortPolicyKind.Block && Spec is { Policy: null, Backend: BackendKind.Socket } ? PortPolicy.DefaultBuffer.BufferBytes : Policy.BufferBytes;

    /// <summary>Whether a buffer is given back only when the backend took its bytes.</summary>
    public bool IsLossless => Policy.Kind == PortPolicyKind.Block && MayHold == 0;

    /// <summary>Bytes that the backend took.</summary>
    public long Accepted { get; private set; }

    /// <summary>Bytes that the port said it dropped.</summary>
    public long Dropped { get; private set; }

    /// <summary>Bytes that the outside put there.</summary>
    public long Fed { get; set; }

    /// <summary>Input that the backend gave.</summary>
    public PortStream Input { get; } = new();

    /// <summary>Bytes of it that the guest has in used buffers.</summary>
    public long Delivered { get; set; }

    /// <summary>Whether somebody is at the backend's end.</summary>
    public bool IsConnected { get; set; } = true;

    /// <summary>Whether the backend failed for good.</summary>
    public bool HasFailed { get; set; }

    /// <summary>Whether the backend is closed.</summary>
    public bool IsClosed { get; set; }

    /// <summary>What came out was wrong once: where it stands is unknown.</summary>
    public bool IsLost { get; private set; }

    /// <summary>The guest said that it opened the port.</summary>
    public bool IsGuestOpen { get; set; }

    /// <summary>Transmit queue, once it was used.</summary>
    public VirtioQueueView? Transmit { get; set; }

    /// <summary>Receive queue, once it was used.</summary>
    public VirtioQueueView? Receive { get; set; }

    /// <summary>The driver broke the rules of the port's queues: what goes through them has no meaning.</summary>
    public bool IsMisused => Transmit is { IsMisused: true } || Receive is { IsMisused: true };

    /// <summary>The stream of the queue's life now; null before its first chain.</summary>
    public PortStream? Stream => _streams.Count == 0 ? null : _streams[^1];

    /// <summary>Bytes before this position of the stream came out or were dropped with notice.</summary>
    public long Position
    {
        get
        {
            var position = 0L;
            for (var i = 0; i < _count; i++)
            {
                if (_places[i].Stream == _streams.Count - 1)
                    position = Math.Max(position, _streams[^1].OverHoles(_places[i].Position));
            }

            return position;
        }
    }

    /// <summary>A chain was taken in a life of the queue.</summary>
    public PortStream StreamOf(int life)
    {
        if (_streams.Count > 0 && _streams[^1].Life == life)
            return _streams[^1];
        _streams.Add(new PortStream { Life = life });
        if (_streams.Count == 1)
            _places[_count++] = default;
        return _streams[^1];
    }

    /// <summary>The guest wrote a byte that goes ahead.</summary>
    public void AddEmergency(byte value) => _emergency.Enqueue(value);

    /// <summary>The backend took bytes. False: they are not what comes next.</summary>
    public bool Accept(ReadOnlySpan<byte> data, out bool isLate, out long position, out int expected)
    {
        isLate = false;
        position = Accepted;
        expected = -1;
        Accepted += data.Length;
        if (IsLost)
            return true;

        // Nearly always there is one place, and one stream.
        if (_count == 1 && _emergency.Count == 0 && _places[0].Stream == _streams.Count - 1)
        {
            ref var only = ref _places[0];
            var stream = _streams[only.Stream];
            var end = stream.Match(only.Position, data);
            if (end >= 0)
            {
                isLate = stream.IsFenced && end > stream.Returned;
                only = only with { Position = end };
                stream.Forget(end);
                return true;
            }
        }

        // A byte of an ended life may be an emergency write's as well: then it proves nothing.
        if (TryAll(data, withLate: false, out isLate) || TryEmergency(data) || TryAll(data, withLate: true, out isLate))
            return true;
        IsLost = true;
        Explain(data, out position, out expected);
        return false;
    }

    /// <summary>The port said that it dropped bytes: always the oldest that it had.</summary>
    public void Drop(long count, bool isEmergency, bool isReset)
    {
        Dropped += count;

        // Emergency writes may be missing; what a reset took was never given back, and may be missing too.
        if (isEmergency || isReset)
            return;
        for (var i = 0; i < _count; i++)
        {
            var (stream, at) = _places[i];
            var left = count;
            while (true)
            {
                var step = Math.Min(left, Math.Max(0, _streams[stream].End - at));
                at += step;
                left -= step;
                if (left == 0 || stream == _streams.Count - 1)
                    break;
                stream++;
                at = 0;
            }

            _places[i] = new Place(stream, at);
        }
    }

    /// <summary>Of a flood of emergency writes the oldest may be missing, but they stay in order.</summary>
    private bool TryEmergency(ReadOnlySpan<byte> data)
    {
        if (_emergency.Count < data.Length)
            return false;
        var (used, i) = (0, 0);
        foreach (var one in _emergency)
        {
            used++;
            if (one == data[i] && ++i == data.Length)
                break;
        }

        if (i < data.Length)
            return false;
        for (; used > 0; used--)
            _emergency.Dequeue();
        return true;
    }

    /// <summary>
    /// After a reset, what was not given back may have gone out or not: so the bytes may go on in an old stream, or begin a new one. All that is possible is kept.
    /// </summary>
    private bool TryAll(ReadOnlySpan<byte> data, bool withLate, out bool isLate)
    {
        var found = 0;
        isLate = withLate;
        for (var i = 0; i < _count; i++)
        {
            var (stream, at) = _places[i];
            while (true)
            {
                var end = _streams[stream].Match(at, data);
                var late = end >= 0 && _streams[stream].IsFenced && end > _streams[stream].Returned;
                if (end >= 0 && (withLate || !late))
                {
                    Add(new Place(stream, end), ref found);
                    isLate &= late;
                }

                if (stream == _streams.Count - 1 || _streams[stream].OverHoles(at) < _streams[stream].Returned)
                    break;
                stream++;
                at = 0;
            }
        }

        if (found == 0)
            return false;
        (_places, _next) = (_next, _places);
        _count = found;
        return true;
    }

    private void Add(Place place, ref int found)
    {
        for (var i = 0; i < found; i++)
        {
            if (_next[i] == place)
                return;
        }

        if (found == MaxPlaces)
            return;
        if (found == _next.Length)
            Array.Resize(ref _next, found * 2);
        _next[found++] = place;
    }

    private void Explain(ReadOnlySpan<byte> data, out long position, out int expected)
    {
        expected = -1;
        position = Accepted - data.Length;
        if (_count == 0)
            return;
        var (stream, at) = _places[_count - 1];
        var same = 0;
        while (same < data.Length && _streams[stream].At(at + same) == data[same])
            same++;
        position += same;
        expected = _streams[stream].At(at + same);
    }

    private readonly record struct Place(int Stream, long Position);
}
