using System.Buffers;
using System.Net;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Sends a port's bytes to a receiver over TCP (<c>actors receive</c>, docs/stream-protocol.md), and counts them as written when that acknowledged them: so whoever goes on with
/// the stream in another process, after this one died, learns from the receiver what is there. Output only.
/// <para>A receiver that isn't there (yet, or any more) is no error: it is tried again, every 100 ms at first and every 5 s at last. What was not acknowledged, at most a
/// window, is kept here and sent again on the next connection. Bytes of the window can't be taken back: they may be there already.</para>
/// <para>For good ends a refusal that time doesn't change: somebody with a higher token, another protocol, or a receiver that lost what it had acknowledged. A receiver that knew a higher
/// token before it ever admitted this writer is left until <see cref="Raise"/> brings a still higher one.</para>
/// </summary>
internal sealed class StreamBackend : IResumableBackend, IReadinessSink, IStreamConnectionOwner
{
    /// <summary>Bytes on their way, at most.</summary>
    public const int WindowBytes = 256 * 1024;

    /// <summary>First wait for a receiver.</summary>
    public const int FirstRetryMilliseconds = 100;

    /// <summary>Longest wait.</summary>
    public const int LastRetryMilliseconds = 5000;

    /// <summary>Time that a receiver has for its first word.</summary>
    public const int AnswerMilliseconds = 5000;

    private readonly Lock _gate = new();
    private readonly string _place;
    private readonly StreamEndpoint _endpoint;
    private readonly IPortBackendEvents _events;
    private readonly ReadinessRegistration _timer;
    private readonly ByteRing _window = new(WindowBytes);
    private StreamConnection? _connection;
    private byte[]? _frame;
    private StreamHello _hello;
    private BackendResult? _end;
    private BackendInterest _wanted;
    private FenceStanding _standing;
    private long _acknowledged;
    private long _next;
    private long _sent;
    private int _retryMilliseconds = FirstRetryMilliseconds;
    private bool _isKnown;
    private bool _hasNews;
    private bool _hasWarning;
    private bool _toldConnected;
    private bool _disposed;

    private StreamBackend(ConsolePortSpec port, StreamEndpoint endpoint, IPortBackendEvents events, BackendOwner owner)
    {
        _endpoint = endpoint;
        _place = $"receiver {endpoint}";
        _hello = new StreamHello(owner.Vm, port.Name, owner.Fence, null);
        _standing = new FenceStanding(owner.Fence);
        _events = events;
        Notice = $"port '{port.Name}' sends to the receiver at {endpoint}";
        _timer = ReadinessLoop.Shared.Register(null, this, _gate);
        lock (_gate)
            Connect();
    }

    /// <inheritdoc/>
    public string? Notice { get; }

    /// <inheritdoc/>
    public FencingToken Fence
    {
        get
        {
            lock (_gate)
                return _standing.Fence;
        }
    }

    /// <inheritdoc/>
    public bool IsFenced => _standing.IsFenced;

    /// <inheritdoc/>
    public FencingToken Remembered
    {
        get
        {
            lock (_gate)
                return _standing.Remembered;
        }
    }

    /// <inheritdoc/>
    public long FencedWrites { get; private set; }

    /// <summary>Why there is no connection now, or null.</summary>
    public string? Trouble { get; private set; }

    /// <inheritdoc/>
    public string? Warning { get; private set; }

    /// <inheritdoc/>
    public bool IsConnected
    {
        get
        {
            lock (_gate)
                return _toldConnected = IsOpen;
        }
    }

    /// <inheritdoc/>
    public long? Position
    {
        get
        {
            lock (_gate)
                return _isKnown ? _acknowledged : null;
        }
    }

    /// <inheritdoc/>
    public long? SentUntil
    {
        get
        {
            lock (_gate)
                return _isKnown ? End : null;
        }
    }

    /// <inheritdoc/>
    StreamHello IStreamConnectionOwner.Hello => _hello with { Position = _isKnown ? _acknowledged : null };

    private bool IsOpen => _connection is { IsOpen: true } && _end is null;

    private long End => _acknowledged + _window.Count;

    /// <summary>Begins to connect to the port's receiver.</summary>
    public static StreamBackend Open(ConsolePortSpec port, IPortBackendEvents events, BackendOwner owner)
    {
        if (string.IsNullOrEmpty(port.Path))
            throw new BackendOpenException($"port '{port.Name}' needs a receiver: stream:{port.Name}=HOST:PORT.");
        if (!StreamEndpoint.TryParse(port.Path, 1, out var endpoint))
            throw PathProblem.Of(port, "connect to", "that is no HOST:PORT; name the address at which actors receive listens");
        try
        {
            return new StreamBackend(port, endpoint, events, owner);
        }
        catch (IOException problem)
        {
            throw PathProblem.Of(port, "connect to", problem.Message);
        }
    }

    /// <inheritdoc/>
    public BackendResult TryWrite(ReadOnlySpan<byte> data)
    {
        lock (_gate)
            return _isKnown ? TryWriteAt(_next, data) : _end ?? new BackendResult(BackendStatus.Disconnected);
    }

    /// <inheritdoc/>
    public BackendResult TryWriteAt(long position, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            _hasNews = false;
            if (_disposed)
                return new BackendResult(BackendStatus.Disconnected);
            if (_end is { } end)
            {
                FencedWrites += IsFenced ? 1 : 0;
                return end;
            }

            if (data.IsEmpty)
                return new BackendResult(BackendStatus.Done);
            if (_isKnown)
            {
                if (position > End)
                    return IResumableBackend.Gap(_place, End, position);
                if (position < _acknowledged)
                {
                    var done = (int)Math.Min(_acknowledged - position, data.Length);
                    _next = position + done;
                    return new BackendResult(BackendStatus.Done, done);
                }

                Keep(position, data);
            }

            _toldConnected = IsOpen;
            return new BackendResult(_toldConnected ? BackendStatus.WouldBlock : BackendStatus.Disconnected);
        }
    }

    /// <inheritdoc/>
    public bool TrySendAhead(long position, ReadOnlySpan<byte> data)
    {
        lock (_gate)
            return IsOpen && position <= End && (position + data.Length <= End || Keep(position, data));
    }

    /// <inheritdoc/>
    public void Raise(FencingToken fence)
    {
        lock (_gate)
        {
            if (_disposed)
                return;

            // A connection that is open goes on with the lower one: nobody with one between the two can come.
            var isAskedAgain = _standing.Raise(fence);
            _hello = _hello with { Fence = _standing.Fence };
            if (!isAskedAgain)
                return;
            _end = null;
            Warning = null;
            Connect();
        }
    }

    /// <inheritdoc/>
    public BackendResult TryRead(Span<byte> destination) => new(BackendStatus.WouldBlock);

    /// <inheritdoc/>
    public void Arm(BackendInterest interest)
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _wanted = interest;
            var ready = BackendInterest.None;
            if (_hasNews)
                ready |= BackendInterest.Write;
            if (_toldConnected != IsOpen || _hasWarning)
                ready |= _wanted;
            Signal(ready);
        }
    }

    /// <inheritdoc/>
    void IReadinessSink.OnReady(ReadinessRegistration source, BackendInterest ready, bool hungUp)
    {
        if (_end is not null || IsOpen)
            return;
        if (_connection is null)
        {
            Connect();
            return;
        }

        var isUnheard = _connection.IsConnecting;
        _connection.Dispose();
        Broken(_connection, "it doesn't answer", isUnheard && !IPAddress.TryParse(_endpoint.Host, out _));
    }

    /// <inheritdoc/>
    void IStreamConnectionOwner.Answered(StreamConnection connection, in StreamAnswer answer)
    {
        if (answer.Status != StreamStatus.Accepted)
        {
            TurnAway(answer.Status, answer.Fence);
            return;
        }

        if (!_isKnown)
        {
            _acknowledged = _next = answer.Position;
        }
        else if (answer.Position < _acknowledged)
        {
            Fail($"{_place} has {answer.Position} bytes of the stream and had acknowledged {_acknowledged}: it lost some");
            return;
        }
        else if (answer.Position > End)
        {
            Fail($"{_place} has {answer.Position} bytes of the stream, and only {End} were sent: it has another stream of this name");
            return;
        }
        else
        {
            Advance(answer.Position);
        }

        _isKnown = true;
        _sent = _acknowledged;
        Trouble = Warning = null;
        _timer.Arm(BackendInterest.None);
        Send();
        _hasNews = true;
        Signal(_wanted);
    }

    /// <inheritdoc/>
    void IStreamConnectionOwner.Acknowledged(StreamConnection connection, long position)
    {
        if (position < _acknowledged || position > _sent)
        {
            connection.Dispose();
            Broken(connection, "it acknowledged what it was not sent");
            return;
        }

        _retryMilliseconds = FirstRetryMilliseconds;
        Advance(position);
        _hasNews = true;
        Signal(BackendInterest.Write);
    }

    /// <inheritdoc/>
    void IStreamConnectionOwner.Refused(StreamConnection connection, StreamStatus status, ulong value) => TurnAway(status, new FencingToken(value));

    /// <inheritdoc/>
    void IStreamConnectionOwner.Sent(StreamConnection connection)
    {
        if (_frame is not null)
            ArrayPool<byte>.Shared.Return(_frame);
        _frame = null;
        Send();
    }

    /// <inheritdoc/>
    public void Broken(StreamConnection connection, string reason, bool isNameUnknown = false)
    {
        if (_disposed || !ReferenceEquals(connection, _connection))
            return;
        Leave();
        Trouble = $"{_place}: {reason}";

        // Thousands of ports may have lost one receiver: they come back one after another.
        var spread = ((_hello.Vm.Value * 37) + _hello.Port.Length) % 64;
        _timer.Arm(BackendInterest.None);
        _timer.ArmAfter(BackendInterest.Read, _retryMilliseconds + spread);
        _retryMilliseconds = Math.Min(_retryMilliseconds * 2, LastRetryMilliseconds);
        var isNews = isNameUnknown && Warning is null;
        _hasWarning |= isNews;
        if (isNews)
            Warning = $"{_place}: the name '{_endpoint.Host}' leads nowhere ({reason}); it is looked up again until it does";
        if (_toldConnected || isNews)
            Signal(_wanted);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            _wanted = BackendInterest.None;

            // What was acknowledged was sent, whether or not the system has said so already: the last word goes behind it.
            if (_connection is { IsOpen: true } connection && _window.Count == 0 && _end is null)
            {
                Span<byte> last = stackalloc byte[StreamSpec.FrameSize];
                StreamSpec.WriteFrame(last, new StreamFrame(StreamSpec.End, StreamStatus.Accepted, 0, (ulong)_acknowledged));
                connection.TrySendLast(last);
            }

            _connection?.Dispose();
            _timer.Dispose();
        }
    }

    private void Connect()
    {
        _connection = new StreamConnection(_gate, this);
        _timer.ArmAfter(BackendInterest.Read, AnswerMilliseconds);
        _connection.Begin(_endpoint);
    }

    /// <summary>A connection's buffer may still be in use by the system: it isn't given back.</summary>
    private void Leave()
    {
        _connection?.Dispose();
        _connection = null;
        _frame = null;
        _sent = _acknowledged;
    }

    private void TurnAway(StreamStatus status, FencingToken fence)
    {
        switch (status)
        {
            case StreamStatus.Fenced:
                TurnAwayFenced($"stream '{_hello.Port}' of {_hello.Vm} at {_place}", fence);
                break;
            case StreamStatus.Busy or StreamStatus.Storage when _connection is { } connection:
                connection.Dispose();
                Broken(connection, status == StreamStatus.Busy ? "it has no room for another stream now" : "it can't keep the stream now (see its own messages)");
                break;
            default:
                Fail(status switch
                {
                    StreamStatus.WrongVersion => $"{_place} speaks another version of the protocol: use the same version of the program on both ends",
                    StreamStatus.Gap => $"{_place} misses bytes of the stream before position {_acknowledged}: it begins anew only with another name or an empty directory",
                    _ => $"{_place} did not understand what it was sent ({status})",
                });
                break;
        }
    }

    private void TurnAwayFenced(string place, FencingToken by)
    {
        var sentence = _standing.Refuse(place, by, wasAdmitted: _isKnown);
        if (_standing.Remembered.IsGuarded)
            Warning = sentence;
        Fail(sentence);
    }

    private void Fail(string sentence)
    {
        _end = new BackendResult(BackendStatus.Failed, 0, sentence);
        Leave();
        _timer.Arm(BackendInterest.None);
        _hasNews = true;
        Signal(_wanted);
    }

    private void Advance(long position)
    {
        _window.Skip((int)(position - _acknowledged));
        _acknowledged = position;
    }

    /// <summary>Keeps and sends what is new of the bytes; false when not all of it found room.</summary>
    private bool Keep(long position, ReadOnlySpan<byte> data)
    {
        var known = (int)Math.Min(End - position, data.Length);
        var fresh = data[known..];
        var taken = Math.Min(fresh.Length, _window.Capacity - _window.Count);
        _window.Append(fresh[..taken]);
        Send();
        return taken == fresh.Length;
    }

    private void Send()
    {
        if (!IsOpen || !_connection!.CanSend || _sent >= End)
            return;
        var length = (int)Math.Min(End - _sent, StreamSpec.MaxData);
        _frame = ArrayPool<byte>.Shared.Rent(StreamSpec.FrameSize + length);
        StreamSpec.WriteFrame(_frame, new StreamFrame(StreamSpec.Data, StreamStatus.Accepted, length, (ulong)_sent));
        _window.CopyTo((int)(_sent - _acknowledged), _frame.AsSpan(StreamSpec.FrameSize, length));

        // It may be acknowledged before the system says that it was sent.
        _sent += length;
        _connection.Send(_frame, StreamSpec.FrameSize + length);
    }

    private void Signal(BackendInterest ready)
    {
        ready &= _wanted;
        if (ready == BackendInterest.None)
            return;
        if ((ready & BackendInterest.Write) != 0)
            _hasNews = false;
        if (ready == _wanted)
        {
            _toldConnected = IsOpen;
            _hasWarning = false;
        }

        _wanted &= ~ready;
        _events.Signal(ready);
    }
}
