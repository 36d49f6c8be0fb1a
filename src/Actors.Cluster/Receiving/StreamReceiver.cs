using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Actors.DeviceModel;

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
    private const int AcknowledgeEvery = 128 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Lock _gate = new();
    private readonly Dictionary<(int Vm, string Port), ReceivedStream> _streams = [];
    private readonly HashSet<StreamPeer> _peers = [];
    private readonly LinkedList<StreamPeer> _strangers = [];
    private readonly HashSet<string> _logged = [];
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Socket _listener;
    private readonly StreamOutput _output;
    private readonly bool _synchronize;
    private readonly Action<string> _log;
    private readonly Timer _watch;
    private long _connections;
    private long _refused;
    private bool _stopped;

    private StreamReceiver(Socket listener, StreamOutput output, bool synchronize, Action<string> log)
    {
        _listener = listener;
        _output = output;
        _synchronize = synchronize;
        _log = log;
        _watch = new Timer(_ => LeaveTheSlow(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Done when at least one stream was begun, and the last writer of each said that it is over and left.</summary>
    public Task AllOver => _over.Task;

    /// <summary>Connections now.</summary>
    public int LiveConnections
    {
        get
        {
            lock (_gate)
                return _peers.Count;
        }
    }

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
    public ReceiverReport Report()
    {
        ReceivedStream[] streams;
        lock (_gate)
            streams = [.. _streams.Values];
        return new ReceiverReport(
            [.. streams.OrderBy(stream => stream.Vm.Value).ThenBy(stream => stream.Port, StringComparer.Ordinal).Select(stream => stream.Report())],
            Interlocked.Read(ref _connections),
            Interlocked.Read(ref _refused));
    }

    /// <summary>Takes no more and leaves everybody; what was received can still be reported until <see cref="Dispose"/>.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            _watch.Dispose();
            _listener.Dispose();
            foreach (var peer in _peers)
                peer.Leave();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        lock (_gate)
        {
            foreach (var stream in _streams.Values)
                stream.Dispose();
        }
    }

    private static long Now() => Environment.TickCount64;

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
                Log("accept", $"a connection could not be taken: {trouble.Message}");
                await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        ReceivedStream? stream = null;
        StreamPeer? peer = null;
        try
        {
            var from = socket.RemoteEndPoint;
            peer = new StreamPeer(socket) { Deadline = Now() + PatienceMilliseconds };
            if (!Enter(peer))
                return;
            stream = await GreetAsync(peer, from).ConfigureAwait(false);
            if (stream is not null)
                await TakeAsync(peer, stream, from).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
        }
        finally
        {
            stream?.Leave(peer!);
            Exit(peer);
            socket.Dispose();
        }
    }

    private bool Enter(StreamPeer peer)
    {
        StreamPeer? oldest = null;
        lock (_gate)
        {
            if (_stopped)
                return false;
            if (_peers.Count >= MaxConnections)
            {
                Turn("full", $"{MaxConnections} connections are open, another one was refused");
                Say(peer, new StreamAnswer(StreamStatus.Busy, 0, default));
                return false;
            }

            _peers.Add(peer);
            _strangers.AddLast(peer);
            if (_strangers.Count > MaxStrangers)
            {
                oldest = _strangers.First!.Value;
                _strangers.RemoveFirst();
            }
        }

        if (oldest is not null)
        {
            Turn("strangers", $"more than {MaxStrangers} connections had not greeted, the oldest was closed");
            oldest.Leave();
        }

        return true;
    }

    private void Exit(StreamPeer? peer)
    {
        if (peer is null)
            return;
        lock (_gate)
        {
            _peers.Remove(peer);
            _strangers.Remove(peer);
            if (_peers.Count == 0 && _streams.Count > 0 && _streams.Values.All(stream => stream.IsOver))
                _over.TrySetResult();
        }

        peer.Dispose();
    }

    private async Task<ReceivedStream?> GreetAsync(StreamPeer peer, EndPoint? from)
    {
        var buffer = new byte[StreamSpec.HelloSize];
        if (!await peer.FillAsync(buffer).ConfigureAwait(false))
            return null;
        if (!StreamSpec.TryReadHello(buffer, out var hello, out var nameLength, out var version))
            return Refuse(peer, StreamStatus.Malformed, "greeting", $"{from} said something that is no greeting of a stream");
        if (version != StreamSpec.Version)
            return Refuse(peer, StreamStatus.WrongVersion, "version", $"{from} speaks version {version} of the stream protocol, this is version {StreamSpec.Version}");

        var name = new byte[nameLength];
        if (!await peer.FillAsync(name).ConfigureAwait(false))
            return null;
        try
        {
            hello = hello with { Port = Strict.GetString(name) };
        }
        catch (DecoderFallbackException)
        {
            return Refuse(peer, StreamStatus.Malformed, "greeting", $"{from} named a port in something that is no UTF-8");
        }

        lock (_gate)
            _strangers.Remove(peer);
        peer.Deadline = null;
        if (FindOrOpen(hello, out var problem) is not { } stream)
            return Refuse(peer, StreamStatus.Busy, "store", problem!);

        var answer = stream.Greet(peer, hello);
        if (answer.Status == StreamStatus.Storage)
            Turn("storage", $"{hello.Vm}/{hello.Port}: {stream.Report().Problem}");
        else if (answer.Status == StreamStatus.Fenced)
            Turn("fenced", $"{from} wanted to go on with {hello.Vm}/{hello.Port} with {hello.Fence}, which has been taken over with {answer.Fence}");
        else if (answer.Status != StreamStatus.Accepted)
            Turn("gap", $"{from} wanted to go on with {hello.Vm}/{hello.Port} at {hello.Position}, and only {answer.Position} bytes of it are here");
        Say(peer, answer);
        return answer.Status == StreamStatus.Accepted ? stream : null;
    }

    private ReceivedStream? FindOrOpen(in StreamHello hello, out string? problem)
    {
        lock (_gate)
        {
            problem = null;
            if (_stopped)
                return null;
            if (_streams.TryGetValue((hello.Vm.Value, hello.Port), out var stream))
                return stream;
            if (_streams.Count >= (_output.TakesOne ? 1 : MaxStreams))
            {
                problem = _output.TakesOne
                    ? $"the output takes one stream, and {hello.Vm}/{hello.Port} is another one; name a directory with --out to keep many"
                    : $"{MaxStreams} streams are here, {hello.Vm}/{hello.Port} is one too many";
                return null;
            }

            if (_output.TryOpen(hello, out problem) is not { } store)
                return null;
            stream = new ReceivedStream(hello.Vm, hello.Port, store);
            _streams.Add((hello.Vm.Value, hello.Port), stream);
            return stream;
        }
    }

    private async Task TakeAsync(StreamPeer peer, ReceivedStream stream, EndPoint? from)
    {
        var header = new byte[StreamSpec.FrameSize];
        var unacknowledged = 0;
        while (await NextAsync(peer, header).ConfigureAwait(false))
        {
            if (!StreamSpec.TryReadFrame(header, out var frame) || frame.Kind is not (StreamSpec.Data or StreamSpec.End))
            {
                Turn("frame", $"{from} sent something that is no frame of a stream, within {stream.Vm}/{stream.Port}");
                peer.TryRefuse(StreamStatus.Malformed, 0);
                return;
            }

            if (frame.Kind == StreamSpec.End)
            {
                var (ended, value) = stream.End(peer, (long)frame.Value);
                if (ended == StreamStatus.Accepted)
                    TryAcknowledge(peer, stream, from);
                else
                    RefuseWithin(peer, stream, from, ended, value);
                return;
            }

            for (var left = frame.Length; left > 0;)
            {
                var (status, value, count) = await TakePieceAsync(peer, stream, (long)frame.Value + frame.Length - left, left).ConfigureAwait(false);
                if (status != StreamStatus.Accepted)
                {
                    RefuseWithin(peer, stream, from, status, value);
                    return;
                }

                if (count == 0)
                    return;
                left -= count;
                unacknowledged += count;
                if (unacknowledged < AcknowledgeEvery && (left > 0 || peer.HasMore))
                    continue;
                unacknowledged = 0;
                if (!TryAcknowledge(peer, stream, from))
                    return;
            }
        }
    }

    /// <summary>Reads what stands before a frame. Between frames a writer may be silent; within one it may not.</summary>
    private static async ValueTask<bool> NextAsync(StreamPeer peer, byte[] header)
    {
        peer.Deadline = null;
        if (!await peer.FillAsync(header.AsMemory(0, 1)).ConfigureAwait(false))
            return false;
        peer.Deadline = Now() + PatienceMilliseconds;
        return await peer.FillAsync(header.AsMemory(1)).ConfigureAwait(false);
    }

    private static async ValueTask<(StreamStatus Status, ulong Value, int Count)> TakePieceAsync(StreamPeer peer, ReceivedStream stream, long position, int most)
    {
        while (true)
        {
            var there = await peer.WaitAsync().ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(Math.Clamp(there, 1, most));
            try
            {
                if (peer.Read(buffer.AsSpan(0, Math.Min(buffer.Length, most))) is not { } count)
                    continue;
                if (count == 0)
                    return (StreamStatus.Accepted, 0, 0);
                peer.Deadline = Now() + PatienceMilliseconds;
                var (status, value) = stream.Take(peer, position, buffer.AsSpan(0, count));
                return (status, value, count);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>Says how much is kept for good; false when nothing more can be taken of this peer.</summary>
    private bool TryAcknowledge(StreamPeer peer, ReceivedStream stream, EndPoint? from)
    {
        if (stream.Secure(_synchronize) is not { } position)
        {
            RefuseWithin(peer, stream, from, StreamStatus.Storage, 0);
            return false;
        }

        Span<byte> word = stackalloc byte[StreamSpec.FrameSize];
        StreamSpec.WriteFrame(word, new StreamFrame(StreamSpec.Acknowledgement, StreamStatus.Accepted, 0, (ulong)position));
        return peer.TrySay(word);
    }

    private static void Say(StreamPeer peer, in StreamAnswer answer)
    {
        Span<byte> word = stackalloc byte[StreamSpec.AnswerSize];
        StreamSpec.WriteAnswer(word, answer);
        peer.TrySay(word);
    }

    private void RefuseWithin(StreamPeer peer, ReceivedStream stream, EndPoint? from, StreamStatus status, ulong value)
    {
        Turn(status.ToString(), $"{stream.Vm}/{stream.Port}: {(status == StreamStatus.Storage ? stream.Report().Problem : $"{from} was refused ({status})")}");
        peer.TryRefuse(status, value);
    }

    private ReceivedStream? Refuse(StreamPeer peer, StreamStatus status, string kind, string sentence)
    {
        Turn(kind, sentence);
        Say(peer, new StreamAnswer(status, 0, default));
        return null;
    }

    /// <summary>Counts and logs a refusal. Comes before the peer is told: who hears of a refusal finds it in the report.</summary>
    private void Turn(string kind, string sentence)
    {
        Interlocked.Increment(ref _refused);
        Log(kind, sentence);
    }

    private void Log(string kind, string sentence)
    {
        lock (_gate)
        {
            if (!_logged.Add(kind))
                return;
        }

        _log($"{sentence} (further ones of this kind are only counted)");
    }

    private void LeaveTheSlow()
    {
        List<StreamPeer>? slow = null;
        lock (_gate)
        {
            var now = Now();
            foreach (var peer in _peers)
            {
                if (peer.Deadline < now)
                    (slow ??= []).Add(peer);
            }
        }

        foreach (var peer in slow ?? [])
        {
            Turn("slow", $"a connection said nothing for {PatienceMilliseconds / 1000} s where it had to, and was closed");
            peer.Leave();
        }
    }
}
