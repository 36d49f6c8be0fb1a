using System.Net;
using System.Net.Sockets;

namespace Actors.DeviceModel;

/// <summary>
/// One TCP connection of a <see cref="StreamBackend"/> to its receiver, from the attempt to the end. Everything here happens with the backend's gate held; a
/// connection that was closed tells nothing any more. What the other end may say is of fixed size, and anything else ends the connection.
/// </summary>
internal sealed class StreamConnection : IDisposable
{
    private const int ReceiveBytes = 512;
    private const int UserTimeoutOption = 18;
    private const int UserTimeoutMilliseconds = 20_000;
    private const int KeepAliveSeconds = 15;
    private const int KeepAliveProbeSeconds = 5;
    private const int KeepAliveProbes = 3;

    private readonly Lock _gate;
    private readonly IStreamConnectionOwner _owner;
    private readonly byte[] _received = new byte[ReceiveBytes];
    private SocketAsyncEventArgs? _connecting;
    private SocketAsyncEventArgs? _receiving;
    private SocketAsyncEventArgs? _sending;
    private Socket? _socket;
    private int _receivedCount;
    private bool _isSending;
    private bool _isAnswered;
    private bool _closed;

    /// <summary>Makes a connection that nobody has begun.</summary>
    public StreamConnection(Lock gate, IStreamConnectionOwner owner)
    {
        _gate = gate;
        _owner = owner;
    }

    /// <summary>True after the receiver's first word.</summary>
    public bool IsOpen => _isAnswered && !_closed;

    /// <summary>True while there is nobody at the other end yet: its name is looked up, or it is called.</summary>
    public bool IsConnecting => _connecting is not null;

    /// <summary>True when nothing is being sent.</summary>
    public bool CanSend => IsOpen && !_isSending;

    /// <summary>Begins to connect.</summary>
    public void Begin(StreamEndpoint endpoint)
    {
        _connecting = new SocketAsyncEventArgs
        {
            RemoteEndPoint = IPAddress.TryParse(endpoint.Host, out var address) ? new IPEndPoint(address, endpoint.Port) : new DnsEndPoint(endpoint.Host, endpoint.Port),
        };
        _connecting.Completed += (_, args) => Enter(() => Connected(args));
        try
        {
            if (!Socket.ConnectAsync(SocketType.Stream, ProtocolType.Tcp, _connecting))
                Connected(_connecting);
        }
        catch (Exception refused) when (refused is SocketException or NotSupportedException)
        {
            Break(refused.Message);
        }
    }

    /// <summary>Sends; the buffer is the connection's until <see cref="IStreamConnectionOwner.Sent"/>.</summary>
    public void Send(byte[] buffer, int length)
    {
        if (_sending is null)
        {
            _sending = new SocketAsyncEventArgs();
            _sending.Completed += (_, _) => Enter(Sent);
        }

        _isSending = true;
        _sending.SetBuffer(buffer, 0, length);
        try
        {
            if (!_socket!.SendAsync(_sending))
                Sent();
        }
        catch (SocketException broken)
        {
            Break(broken.Message);
        }
    }

    /// <summary>Sends if there is room in the system's buffer: a last word, for which nobody waits.</summary>
    public void TrySendLast(ReadOnlySpan<byte> frame)
    {
        try
        {
            _socket!.Blocking = false;
            _socket.Send(frame);
        }
        catch (SocketException)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_closed)
            return;
        _closed = true;
        if (_connecting is not null)
            Socket.CancelConnectAsync(_connecting);
        _socket?.Dispose();
        _receiving?.Dispose();
        _sending?.Dispose();
        _connecting?.Dispose();
    }

    private void Enter(Action step)
    {
        lock (_gate)
        {
            if (_closed)
                return;
            try
            {
                step();
            }
            catch (SocketException broken)
            {
                Break(broken.Message);
            }
        }
    }

    private void Connected(SocketAsyncEventArgs args)
    {
        _connecting = null;
        if (args.SocketError != SocketError.Success || args.ConnectSocket is not { } socket)
        {
            args.Dispose();
            Break(args.SocketError.ToString(), args.SocketError is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery);
            return;
        }

        args.Dispose();
        _socket = socket;
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveProbeSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);

        // A receiver whose machine is gone acknowledges nothing: the system's own patience would be a quarter of an hour.
        socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, UserTimeoutOption, BitConverter.GetBytes(UserTimeoutMilliseconds));

        var hello = new byte[StreamSpec.HelloSize + StreamSpec.MaxNameBytes];
        Send(hello, StreamSpec.WriteHello(hello, _owner.Hello));
        if (_closed)
            return;
        _receiving = new SocketAsyncEventArgs();
        _receiving.Completed += (_, _) => Enter(GoOnReceiving);
        Receive();
    }

    private void GoOnReceiving()
    {
        if (Received())
            Receive();
    }

    private void Receive()
    {
        try
        {
            do
                _receiving!.SetBuffer(_received, _receivedCount, ReceiveBytes - _receivedCount);
            while (!_socket!.ReceiveAsync(_receiving) && Received());
        }
        catch (SocketException broken)
        {
            Break(broken.Message);
        }
    }

    private bool Received()
    {
        if (_receiving!.SocketError != SocketError.Success || _receiving.BytesTransferred == 0)
        {
            Break(_receiving.SocketError == SocketError.Success ? "it hung up" : _receiving.SocketError.ToString());
            return false;
        }

        _receivedCount += _receiving.BytesTransferred;
        var at = 0;
        while (!_closed && Take(_received.AsSpan(at, _receivedCount - at)) is var used and > 0)
            at += used;
        if (_closed)
            return false;

        _received.AsSpan(at, _receivedCount - at).CopyTo(_received);
        _receivedCount -= at;
        return true;
    }

    /// <summary>Takes a word of the other end; 0 when it isn't whole yet.</summary>
    private int Take(ReadOnlySpan<byte> bytes)
    {
        if (!_isAnswered)
        {
            if (bytes.Length < StreamSpec.AnswerSize)
                return 0;
            if (!StreamSpec.TryReadAnswer(bytes, out var answer))
            {
                Break("what answers there is no receiver of streams");
                return 0;
            }

            _isAnswered = answer.Status == StreamStatus.Accepted;
            _owner.Answered(this, answer);
            return StreamSpec.AnswerSize;
        }

        if (bytes.Length < StreamSpec.FrameSize)
            return 0;
        if (!StreamSpec.TryReadFrame(bytes, out var frame) || frame.Kind is not (StreamSpec.Acknowledgement or StreamSpec.Refusal))
        {
            Break("it said something that a receiver doesn't say");
            return 0;
        }

        if (frame.Kind == StreamSpec.Acknowledgement)
            _owner.Acknowledged(this, (long)frame.Value);
        else
            _owner.Refused(this, frame.Status, frame.Value);
        return StreamSpec.FrameSize;
    }

    private void Sent()
    {
        _isSending = false;
        if (_sending!.SocketError == SocketError.Success && _sending.BytesTransferred == _sending.Count)
            _owner.Sent(this);
        else
            Break(_sending.SocketError.ToString());
    }

    private void Break(string reason, bool isNameUnknown = false)
    {
        if (_closed)
            return;
        Dispose();
        _owner.Broken(this, reason, isNameUnknown);
    }
}

/// <summary>Whom a connection tells; with the gate held.</summary>
internal interface IStreamConnectionOwner
{
    /// <summary>The first word to say.</summary>
    StreamHello Hello { get; }

    /// <summary>The receiver's first word.</summary>
    void Answered(StreamConnection connection, in StreamAnswer answer);

    /// <summary>The receiver has so many bytes.</summary>
    void Acknowledged(StreamConnection connection, long position);

    /// <summary>The receiver takes no more.</summary>
    void Refused(StreamConnection connection, StreamStatus status, ulong value);

    /// <summary>What was given to send is the system's: more may be sent.</summary>
    void Sent(StreamConnection connection);

    /// <summary>The connection is over.</summary>
    void Broken(StreamConnection connection, string reason, bool isNameUnknown = false);
}
