using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// A backend that a test or benchmark plays: it counts output and keeps the first bytes of it, gives the input it was fed, and answers as scripted. Twin of
/// the real backends, without thread or clock: it signals from within the call that changes something, when that was waited for. As it is made, it is a
/// connected sink without input.
/// </summary>
/// <param name="events">Whom to signal.</param>
/// <param name="recordLimit">Bytes of output kept; the rest is counted only.</param>
/// <param name="stream">Where the output goes, when that is to outlive this backend; else it is kept here.</param>
/// <param name="fence">With a stream: the token that writes carry.</param>
internal sealed class MemoryBackend(IPortBackendEvents events, int recordLimit = 0, SharedStream? stream = null, FencingToken fence = default) : IResumableBackend
{
    private readonly Lock _gate = new();
    private readonly IPortBackendEvents _events = events;
    private readonly SharedStream _stream = stream ?? new SharedStream("memory", recordLimit);
    private Queue<byte>? _input;
    private Queue<MemoryOutcome>? _writeScript;
    private Queue<MemoryOutcome>? _readScript;
    private MemoryOutcome? _writesHeld;
    private BackendInterest _wanted;
    private long _writtenCount;
    private long _fencedWrites;
    private long _readCount;
    private bool _inputEnded;
    private bool _endTold;
    private bool _connected = true;
    private bool _disposed;

    /// <summary>Bytes taken since the start.</summary>
    public long WrittenCount => Interlocked.Read(ref _writtenCount);

    /// <summary>Bytes given since the start.</summary>
    public long ReadCount => Interlocked.Read(ref _readCount);

    /// <summary>True after <see cref="Dispose"/>.</summary>
    public bool IsDisposed
    {
        get
        {
            lock (_gate)
                return _disposed;
        }
    }

    /// <summary>What the port waits for.</summary>
    public BackendInterest Wanted
    {
        get
        {
            lock (_gate)
                return _wanted;
        }
    }

    /// <inheritdoc/>
    public string? Notice => null;

    /// <inheritdoc/>
    public bool IsConnected
    {
        get
        {
            lock (_gate)
                return _connected && !_disposed;
        }
    }

    /// <inheritdoc/>
    public FencingToken Fence { get; } = fence;

    /// <inheritdoc/>
    public long? Position => _stream.Position;

    /// <inheritdoc/>
    public bool IsFenced => Fence < _stream.Owner;

    /// <inheritdoc/>
    public long FencedWrites => Interlocked.Read(ref _fencedWrites);

    /// <summary>A copy of the output that was kept, of the whole stream.</summary>
    public byte[] Written() => _stream.Written();

    /// <summary>Gives input.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _input ??= new Queue<byte>(bytes.Length);
            foreach (var one in bytes)
                _input.Enqueue(one);
            Signal(BackendInterest.Read);
        }
    }

    /// <summary>Ends the input, after what was fed.</summary>
    public void EndInput()
    {
        lock (_gate)
        {
            _inputEnded = true;
            Signal(BackendInterest.Read);
        }
    }

    /// <summary>Answers the next writes: one outcome each, in order, before anything else holds.</summary>
    public void ScriptWrites(params ReadOnlySpan<MemoryOutcome> outcomes) => Script(ref _writeScript, outcomes, BackendInterest.Write);

    /// <summary>Answers the next reads: one outcome each, in order, before anything else holds.</summary>
    public void ScriptReads(params ReadOnlySpan<MemoryOutcome> outcomes) => Script(ref _readScript, outcomes, BackendInterest.Read);

    /// <summary>Answers every write so until <see cref="ReleaseWrites"/>.</summary>
    public void HoldWrites(MemoryOutcome outcome)
    {
        lock (_gate)
            _writesHeld = outcome;
    }

    /// <summary>Takes <see cref="HoldWrites"/> back; a port that waits to write is told.</summary>
    public void ReleaseWrites()
    {
        lock (_gate)
        {
            _writesHeld = null;
            Signal(BackendInterest.Write);
        }
    }

    /// <summary>Takes the peer away.</summary>
    public void Disconnect() => SetConnected(false);

    /// <summary>Brings a peer.</summary>
    public void Connect() => SetConnected(true);

    /// <inheritdoc/>
    public BackendResult TryWrite(ReadOnlySpan<byte> data) => TryWriteAt(_stream.Position, data);

    /// <inheritdoc/>
    public BackendResult TryWriteAt(long position, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (_disposed || !_connected)
                return new BackendResult(BackendStatus.Disconnected);
            if (data.IsEmpty)
                return new BackendResult(BackendStatus.Done);

            var outcome = _writeScript is { Count: > 0 } ? _writeScript.Dequeue() : _writesHeld ?? MemoryOutcome.All;
            if (outcome.Status != BackendStatus.Done)
                return outcome.Result;

            var result = _stream.WriteAt(Fence, position, data, outcome.MaxCount, out var fresh);
            _writtenCount += fresh;
            _fencedWrites += result.Status == BackendStatus.Failed && IsFenced ? 1 : 0;
            return result;
        }
    }

    /// <inheritdoc/>
    public BackendResult TryRead(Span<byte> destination)
    {
        lock (_gate)
        {
            if (_disposed)
                return new BackendResult(BackendStatus.Disconnected);

            var outcome = _readScript is { Count: > 0 } ? _readScript.Dequeue() : MemoryOutcome.All;
            if (outcome.Status != BackendStatus.Done)
                return outcome.Result;

            var count = Math.Min(Math.Min(outcome.MaxCount, destination.Length), _input?.Count ?? 0);
            for (var i = 0; i < count; i++)
                destination[i] = _input!.Dequeue();
            _readCount += count;

            if (count > 0)
                return new BackendResult(BackendStatus.Done, count);
            if (!_connected)
                return new BackendResult(BackendStatus.Disconnected);

            if (!_inputEnded || destination.IsEmpty)
                return new BackendResult(BackendStatus.WouldBlock);

            _endTold = true;
            return new BackendResult(BackendStatus.EndOfInput);
        }
    }

    /// <inheritdoc/>
    public void Arm(BackendInterest interest)
    {
        lock (_gate)
        {
            if (_disposed)
                return;

            _wanted = interest;
            Signal(ReadyNow() & _wanted);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _wanted = BackendInterest.None;
        }
    }

    /// <summary>Level-triggered, as the real ones are: what holds already is told at once; an end of input until it was read.</summary>
    private BackendInterest ReadyNow()
    {
        var read = _input is { Count: > 0 } || _readScript is { Count: > 0 } || (_inputEnded && !_endTold);
        var write = _connected && (_writesHeld is null || _writeScript is { Count: > 0 });
        return (read ? BackendInterest.Read : BackendInterest.None) | (write ? BackendInterest.Write : BackendInterest.None);
    }

    private void Script(ref Queue<MemoryOutcome>? script, ReadOnlySpan<MemoryOutcome> outcomes, BackendInterest ready)
    {
        lock (_gate)
        {
            script ??= new Queue<MemoryOutcome>();
            foreach (var outcome in outcomes)
                script.Enqueue(outcome);
            Signal(ready);
        }
    }

    private void SetConnected(bool connected)
    {
        lock (_gate)
        {
            if (_connected == connected)
                return;

            _connected = connected;

            // A peer's coming and going is news for whoever waits, whatever for.
            Signal(_wanted);
        }
    }

    private void Signal(BackendInterest ready)
    {
        ready &= _wanted;
        if (ready == BackendInterest.None)
            return;

        _wanted &= ~ready;
        _events.Signal(ready);
    }
}
