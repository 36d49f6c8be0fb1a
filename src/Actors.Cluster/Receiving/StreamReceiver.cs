using System.Net;
using System.Net.Sockets;

namespace Actors.Cluster;

/// <summary>
/// The other end of <c>stream:</c> ports (docs/stream-protocol.md): takes connections, knows of every stream how much it has and who may go on, keeps the bytes.
/// Hostile peers cost a bounded number of connections and no buffers: what is read is read when it is there, into a buffer that is given back at once. Whoever
/// doesn't greet in time, or says what the protocol doesn't have, is refused; the first of each kind is logged.
/// </summary>
internal sealed class StreamReceiver : IDisposable
{
    /// <summary>Connections at a time.</summary>
    public const int MaxConnections = 16 * 1024;

    /// <summary>Connections at a time that have not greeted; more than these, and the oldest go.</summary>
    public const int MaxStrangers = 256;

    /// <summary>Streams in all.</summary>
    public const int MaxStreams = 128 * 1024;

    /// <summary>Time for a greeting, and for the rest of a frame that was begun.</summary>
    public const int PatienceMilliseconds = 10_000;

    private const int Backlog = 1024;

    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Socket _listener;
    private readonly ReceiverRefusals _refusals;
    private readonly ReceiverDoor _door;
    private readonly ReceivedStreams _streams;
    private readonly bool _synchronize;
    private readonly Timer _watch;
    private long _connections;
    private volatile bool _stopped;

    private StreamReceiver(Socket listener, StreamOutput output, bool synchronize, Action<string> log)
    {
        _listener = listener;
        _synchronize = synchronize;
        _refusals = new ReceiverRefusals(log);
        _door = new ReceiverDoor(_refusals);
        _streams = new ReceivedStreams(output);
        _watch = new Timer(_ => _door.LeaveTheSlow(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Done when at least one stream was begun, and the last writer of each said that it is over and left.</summary>
    public Task AllOver => _over.Task;

    /// <summary>Connections now.</summary>
    public int LiveConnections => _door.Count;

    /// <summary>Begins to listen.</summary>
    /// <param name="address">Where.</param>
    /// <param name="output">Where the bytes go.</param>
    /// <param name="synchronize">True: bytes are acknowledged when they are on the disk, not when the system has them.</param>
    /// <param name="log">Takes a line for a person; called from any thread.</param>
    /// <exception cref="SocketException">The address can't be listened at.</exception>
    public static StreamReceiver Start(IPEndPoint address, StreamOutput output, bool synchronize, Action<string> log)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(address);
            listener.Listen(Backlog);
            return new StreamReceiver(listener, output, synchronize, log);
        }
        catch (SocketException)
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>What came so far.</summary>
    public ReceiverReport Report() => new(_streams.Report(), Interlocked.Read(ref _connections), _refusals.Count);

    /// <summary>Takes no more and leaves everybody; what was received can still be reported until <see cref="Dispose"/>.</summary>
    public void Stop()
    {
        _stopped = true;
        _streams.Stop();
        _watch.Dispose();
        _listener.Dispose();
        _door.Shut();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _streams.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var socket = await _listener.AcceptAsync().ConfigureAwait(false);
                Interlocked.Increment(ref _connections);
                _ = ServeAsync(socket);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException) when (_stopped)
            {
                return;
            }
            catch (SocketException trouble)
            {
                // Out of descriptors, most likely: others have to leave first, and nothing tells when the process has one again.
                _refusals.Log("accept", $"a connection could not be taken: {trouble.Message}");
                await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        StreamPeer? peer = null;
        try
        {
            var from = socket.RemoteEndPoint;
            peer = new StreamPeer(socket) { Deadline = ReceiverDoor.Now() + PatienceMilliseconds };
            if (_door.TryEnter(peer))
                await new StreamService(peer, from, _door, _streams, _refusals, _synchronize).RunAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // It had gone before anything was said.
        }
        finally
        {
            Exit(peer);
            socket.Dispose();
        }
    }

    private void Exit(StreamPeer? peer)
    {
        if (peer is null)
            return;
        if (_door.Exit(peer) && _streams.AreOver)
            _over.TrySetResult();
        peer.Dispose();
    }
}
