using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// A port's way out: takes the guest's bytes in order, gives them to the backend, and says how far they are accepted, that is when the
/// guest may have its buffers back. Every byte taken is written or stands in <see cref="Drops"/>, exactly once.
/// <list type="bullet">
/// <item>block: accepted when the backend took it. Would-block, no client and a full disk hold everything.</item>
/// <item>buffer=N: what the backend doesn't take now is kept, N bytes; beyond, the oldest go.</item>
/// <item>drop: what the backend doesn't take now goes.</item>
/// </list>
/// A backend that failed for good takes nothing any more: under every policy its bytes are accepted and dropped, since a guest's
/// console driver may spin until its buffer comes back.
/// <para>It outlives its actor's crashes, and so is changed in place and never copied back: a copy taken before a write would give the backend the same bytes
/// once more. Hence nothing that can fail stands between what the backend took and the counters that say so.</para>
/// </summary>
internal sealed class PortOutput(IPortBackend backend, PortOutputPolicy policy, PortDropLog drops, CrashPoints crashes = default)
{
    /// <summary>Calls of the backend in one go; a backend that takes one byte a time must not keep its port from the rest of the world.</summary>
    public const int MaxCalls = 256;

    /// <summary>Bytes of emergency writes kept for a backend that doesn't take them now.</summary>
    public const int MaxEmergencyBytes = 4096;

    private readonly IResumableBackend? _resumable = backend as IResumableBackend;
    private readonly Queue<Pending> _pending = new(0);
    private ByteRing? _buffer;
    private ByteRing? _emergency;
    private long _pendingBytes;
    private long _position;
    private long _emergenciesDone;
    private (long Bytes, long Emergencies) _lost;
    private int _frontDone;
    private long? _at;
    private bool _isEmergencyFront;
    private bool _toldFenced;
    private bool _complained;
    private bool _full;

    /// <summary>Bytes that are on no list of drops and not yet written: what a flush waits for.</summary>
    public long Unwritten => _pendingBytes + (_buffer?.Count ?? 0) + (_emergency?.Count ?? 0);

    /// <summary>Bytes taken since the epoch began.</summary>
    public long Received { get; private set; }

    /// <summary>Bytes of this epoch whose buffers the guest may have back.</summary>
    public long Accepted => Received - _pendingBytes;

    /// <summary>Bytes ever taken, emergency writes too.</summary>
    public long FromGuest { get; private set; }

    /// <summary>Bytes ever taken by the backend.</summary>
    public long Written { get; private set; }

    /// <summary>What was dropped.</summary>
    public PortDropLog Drops { get; } = drops;

    /// <summary>What a port needs that goes on elsewhere.</summary>
    public PortCounts Counts => new(_position - Received, _position - _pendingBytes - (_buffer?.Count ?? 0), _position - _pendingBytes, Written, _at ?? _resumable?.Position ?? -1, Drops.Total, _emergenciesDone);

    /// <summary>True when the backend takes nothing any more.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>True when the backend is somebody else's by now: nothing is written, and nothing given back to the guest, whose port is the other one's.</summary>
    public bool IsFenced => backend is IResumableBackend { IsFenced: true };

    /// <summary>True when the backend said, at the last try, that nobody is there.</summary>
    public bool IsDisconnected { get; private set; }

    /// <summary>What to wait for.</summary>
    public BackendInterest Interest { get; private set; }

    /// <summary>True when only time helps: try again in a second.</summary>
    public bool NeedsTime { get; private set; }

    /// <summary>True when the calls of one go are used up: go on at once, after what else is waiting.</summary>
    public bool NeedsTurn { get; private set; }

    /// <summary>What the backend last complained about.</summary>
    public string? LastError { get; private set; }

    /// <summary>Goes on where a port at another node was.</summary>
    public void Restore(in PortOrigin origin)
    {
        Received = origin.Received;
        Written = origin.Written;
        _position = origin.EpochStart + origin.Received;
        _emergenciesDone = origin.EmergencyTaken;
        Drops.Restore(origin.Dropped);
        FromGuest = Written + origin.Dropped + origin.Lost + origin.EmergenciesLost;
        _lost = (origin.Lost, origin.EmergenciesLost);
    }

    /// <summary>Notes what was lost with the node before; once, when it is certain.</summary>
    public void NoteLost()
    {
        Drops.Add(_position - _lost.Bytes, _lost.Bytes, PortDropReason.NodeLost);
        Drops.Add(-1, _lost.Emergencies, PortDropReason.NodeLost);
        _lost = default;
    }

    /// <summary>Begins an epoch. What the backend has not taken goes, as its buffers were never given back; what was accepted stays.</summary>
    public void BeginEpoch()
    {
        CountSent();
        DropPending(PortDropReason.DeviceReset);
        Received = 0;
    }

    /// <summary>
    /// Takes bytes at a position of the epoch's stream; what it has of them already (a restarted device begins at the last used buffer) is skipped.
    /// False, and nothing happens, for a repetition or where something before is missing.
    /// </summary>
    /// <param name="offset">Position of the first byte.</param>
    /// <param name="bytes">Stays as it is until accepted.</param>
    /// <param name="length">Bytes of it.</param>
    public bool Take(long offset, byte[] bytes, int length)
    {
        if (offset > Received || length > bytes.Length || length - (Received - offset) <= 0)
            return false;
        var start = (int)(Received - offset);
        var fresh = length - start;
        _pending.Enqueue(new Pending(bytes, start, length));
        Received += fresh;
        FromGuest += fresh;
        _position += fresh;
        _pendingBytes += fresh;
        return true;
    }

    /// <summary>Takes an emergency write: it goes ahead of everything.</summary>
    public void TakeEmergency(byte value)
    {
        FromGuest++;
        _emergency ??= new ByteRing(MaxEmergencyBytes);
        if (_emergency.Count == _emergency.Capacity)
            CountSent();
        if (_emergency.Count == _emergency.Capacity)
        {
            _emergency.Skip(1);
            _emergenciesDone++;
            Drops.Add(-1, 1, PortDropReason.Emergency);
        }

        _emergency.Append([value]);
    }

    /// <summary>Gives the backend what it takes now, and treats the rest as the policy says.</summary>
    public void Pump()
    {
        Interest = BackendInterest.None;
        NeedsTime = false;
        NeedsTurn = false;
        if (IsFenced)
        {
            // What the other end only remembers the backend warns of itself. Else once: a write of nothing has the backend's sentence.
            if (_resumable is { Remembered.IsGuarded: true })
                return;
            if (!_toldFenced)
                Complain(backend.TryWrite([]).Error ?? $"{IResumableBackend.FencedSentence}somebody with a higher token is the writer now");
            _toldFenced = true;
            return;
        }

        if (HasFailed)
        {
            DropAll(PortDropReason.BackendFailed);
            return;
        }

        for (var calls = 0; Unwritten > 0; calls++)
        {
            if (calls == MaxCalls)
            {
                NeedsTurn = true;
                return;
            }

            if (!TryWriteFront())
            {
                Settle();
                return;
            }
        }
    }

    /// <summary>The end, first: bytes that the backend took last reached nobody after all.</summary>
    public void TakeBack(long count)
    {
        if (count == 0)
            return;
        Written -= count;
        LastError ??= $"nobody read the last {count}";
        Drops.Add(_position - _pendingBytes - (_buffer?.Count ?? 0) - count, count, PortDropReason.Closed);
    }

    /// <summary>The end: what is left is dropped.</summary>
    public void Close() => DropAll(PortDropReason.Closed);

    /// <summary>True once for each new complaint of the backend.</summary>
    public bool TakeComplaint(out string complaint)
    {
        complaint = LastError ?? string.Empty;
        var fresh = _complained;
        _complained = false;
        return fresh;
    }

    private bool TryWriteFront()
    {
        // What the backend sent already stays in front until it is done.
        _isEmergencyFront = _emergency is { Count: > 0 } && (_isEmergencyFront || SentAhead == 0);
        var source = Front();
        if (!_isEmergencyFront && _buffer is { Count: > 0 })
            crashes.Here(CrashSite.BeforeBackendWrite);
        var result = Write(source);
        IsDisconnected = result.Status == BackendStatus.Disconnected;
        switch (result.Status)
        {
            case BackendStatus.Done when result.Count > 0 || source.IsEmpty:
                Advance(Math.Min(result.Count, source.Length));
                _full = false;
                crashes.Here(CrashSite.AfterBackendAccept);
                return true;
            case BackendStatus.Done:
            case BackendStatus.Full:
                // A write of nothing is no promise that it will be better at once: both wait for time to pass.
                NeedsTime = true;
                if (!_full)
                    Complain(result.Error ?? "the backend takes nothing");
                _full = true;
                return false;
            case BackendStatus.WouldBlock:
                Interest = BackendInterest.Write;
                SendAhead(source.Length);
                return false;
            case BackendStatus.Disconnected:
                Interest = BackendInterest.Connect;
                return false;
            default:
                HasFailed = !IsFenced;
                _toldFenced = IsFenced;
                Complain(result.Error ?? "the backend failed");
                return false;
        }
    }

    private void Complain(string error)
    {
        LastError = error;
        _complained = true;
    }

    private BackendResult Write(ReadOnlySpan<byte> source)
    {
        if (_resumable is null)
            return backend.TryWrite(source);
        if (_at is null)
        {
            var found = _resumable.TryWrite([]);
            if (found.Status != BackendStatus.Done)
                return found;
            if (_resumable.Position is not { } position)
                return new BackendResult(BackendStatus.Disconnected);
            _at = position;
        }

        return _resumable.TryWriteAt(_at.Value, source);
    }

    /// <summary>Keeps the way to a backend that acknowledges full. Only what is pending: a buffer is offered in long pieces anyway.</summary>
    private void SendAhead(int offered)
    {
        if (_resumable is null || _at is not { } position || _isEmergencyFront || _buffer is { Count: > 0 })
            return;
        position += offered;
        var isFront = true;
        foreach (var next in _pending)
        {
            if (!isFront)
            {
                if (!_resumable.TrySendAhead(position, Front(next, 0)))
                    return;
                position += next.End - next.Start;
            }

            isFront = false;
        }
    }

    /// <summary>Bytes in front that the backend has on their way, and that can't be taken back.</summary>
    private long SentAhead => _at is { } position ? Math.Max(0, (_resumable?.SentUntil ?? position) - position) : 0;

    /// <summary>What is on its way counts as written, since it can't be dropped any more.</summary>
    private void CountSent()
    {
        for (var sent = SentAhead; sent > 0 && Unwritten > 0;)
        {
            _isEmergencyFront &= _emergency is { Count: > 0 };
            var piece = (int)Math.Min(sent, Front().Length);
            Advance(piece);
            sent -= piece;
        }
    }

    private ReadOnlySpan<byte> Front() =>
        _isEmergencyFront ? _emergency!.Front : _buffer is { Count: > 0 } ? _buffer.Front : Front(_pending.Peek(), _frontDone);

    private void Advance(int count)
    {
        Written += count;
        _at += count;
        if (_isEmergencyFront)
        {
            _emergency!.Skip(count);
            _emergenciesDone += count;
        }
        else if (_buffer is { Count: > 0 })
        {
            _buffer.Skip(count);
        }
        else
        {
            SkipPending(count);
        }
    }

    /// <summary>The backend takes no more now.</summary>
    private void Settle()
    {
        if (IsFenced)
            return;
        if (HasFailed)
        {
            DropAll(PortDropReason.BackendFailed);
            return;
        }

        var kind = policy.Now(!IsDisconnected && backend.IsConnected);
        if (kind != PortPolicyKind.Block)
            CountSent();
        switch (kind)
        {
            case PortPolicyKind.Buffer:
                while (_pending.TryPeek(out var front))
                    Keep(Front(front, _frontDone));
                break;
            case PortPolicyKind.Drop:
                DropAll(PortDropReason.Policy);
                Interest = BackendInterest.None;
                NeedsTime = false;
                break;
        }
    }

    /// <summary>Moves the oldest pending bytes into the buffer. The buffer's content always lies right before what is pending.</summary>
    private void Keep(ReadOnlySpan<byte> data)
    {
        _buffer ??= new ByteRing(policy.BufferBytes);
        var excess = (int)Math.Min(_buffer.Count, Math.Max(0L, (long)_buffer.Count + data.Length - _buffer.Capacity));
        if (excess > 0)
        {
            Drops.Add(_position - _pendingBytes - _buffer.Count, excess, PortDropReason.BufferFull);
            _buffer.Skip(excess);
        }

        var tooMuch = Math.Max(0, data.Length - _buffer.Capacity);
        Drops.Add(_position - _pendingBytes, tooMuch, PortDropReason.BufferFull);
        _buffer.Append(data[tooMuch..]);
        SkipPending(data.Length);
    }

    private void DropAll(PortDropReason reason)
    {
        if (_emergency is { Count: > 0 })
        {
            Drops.Add(-1, _emergency.Count, reason);
            _emergenciesDone += _emergency.Count;
            _emergency.Skip(_emergency.Count);
        }

        if (_buffer is { Count: > 0 })
        {
            Drops.Add(_position - _pendingBytes - _buffer.Count, _buffer.Count, reason);
            _buffer.Skip(_buffer.Count);
        }

        DropPending(reason);
    }

    private void DropPending(PortDropReason reason)
    {
        Drops.Add(_position - _pendingBytes, _pendingBytes, reason);
        _pending.Clear();
        _frontDone = 0;
        _pendingBytes = 0;
    }

    private static ReadOnlySpan<byte> Front(Pending front, int done) => front.Bytes.AsSpan(front.Start + done, front.End - front.Start - done);

    private void SkipPending(int count)
    {
        _pendingBytes -= count;
        _frontDone += count;
        if (_frontDone < _pending.Peek().End - _pending.Peek().Start)
            return;
        _pending.Dequeue();
        _frontDone = 0;
    }

    private readonly record struct Pending(byte[] Bytes, int Start, int End);
}
