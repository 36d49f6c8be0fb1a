using System.Net.Sockets;
using Actors.DeviceModel;

namespace Actors.Cluster;

/// <summary>A connection that somebody made to a receiver. Reads are its server's; words to it may be said from anywhere.</summary>
internal sealed class StreamPeer : IDisposable
{
    private const int KeepAliveSeconds = 30;
    private const int KeepAliveProbeSeconds = 10;
    private const int KeepAliveProbes = 3;

    private readonly Lock _sending = new();
    private readonly Socket _socket;

    /// <summary>Takes a connection; owns it.</summary>
    public StreamPeer(Socket socket)
    {
        _socket = socket;
        socket.NoDelay = true;

        // A writer may be silent for days, but not its machine: one that is gone is noticed in a minute.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveProbeSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
        socket.Blocking = false;
    }

    /// <summary>When it must have said what it is about to say (milliseconds of the system's tick count); null: it may be silent.</summary>
    public long? Deadline { get; set; }

    /// <summary>True when the other end has sent more than was read.</summary>
    public bool HasMore => _socket.Available > 0;

    /// <summary>Reads exactly so many bytes; false when the connection ends before.</summary>
    public async ValueTask<bool> FillAsync(Memory<byte> target)
    {
        while (!target.IsEmpty)
        {
            var count = await _socket.ReceiveAsync(target).ConfigureAwait(false);
            if (count == 0)
                return false;
            target = target[count..];
        }

        return true;
    }

    /// <summary>Waits, without a buffer, until something can be read or the connection ended; says how much there is.</summary>
    public async ValueTask<int> WaitAsync()
    {
        await _socket.ReceiveAsync(Memory<byte>.Empty).ConfigureAwait(false);
        return _socket.Available;
    }

    /// <summary>Reads what there is, at most so much; 0 at the end, null when there is nothing now.</summary>
    public int? Read(Span<byte> target)
    {
        var count = _socket.Receive(target, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => count,
            SocketError.WouldBlock => null,
            _ => throw new SocketException((int)error),
        };
    }

    /// <summary>Says a word if there is room for it; who reads none of many words is left.</summary>
    public bool TrySay(ReadOnlySpan<byte> word)
    {
        lock (_sending)
        {
            try
            {
                return _socket.Send(word) == word.Length;
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>Answers the greeting.</summary>
    public void Answer(in StreamAnswer answer)
    {
        Span<byte> word = stackalloc byte[StreamSpec.AnswerSize];
        StreamSpec.WriteAnswer(word, answer);
        TrySay(word);
    }

    /// <summary>Says why nothing more is taken.</summary>
    public void TryRefuse(StreamStatus status, ulong value)
    {
        Span<byte> word = stackalloc byte[StreamSpec.FrameSize];
        StreamSpec.WriteFrame(word, new StreamFrame(StreamSpec.Refusal, status, 0, value));
        TrySay(word);
    }

    /// <summary>Ends the connection; what was said still arrives.</summary>
    public void Leave()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
