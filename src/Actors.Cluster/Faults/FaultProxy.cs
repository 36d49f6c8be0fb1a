using System.Net;
using System.Net.Sockets;

namespace Actors.Cluster;

/// <summary>
/// Stands before one node: others know only its address, and it passes on what comes. Who opened a connection is read from the connection's greeting
/// (<see cref="AssociateFrame"/>): so one listener knows all pairs. Nodes use one connection for both directions; each has its own way.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    /// <summary>Connections at a time; further ones wait in the listener's queue.</summary>
    public const int MaxConnections = 4096;

    private const int Backlog = 128;

    private readonly Socket _listener;
    private readonly IPEndPoint _target;
    private readonly Func<string?, (FaultyWay There, FaultyWay Back)> _ways;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _room = new(MaxConnections);
    private readonly Lock _gate = new();
    private readonly HashSet<Connection> _connections = [];
    private readonly Task _accepting;

    private FaultProxy(Socket listener, IPEndPoint target, Func<string?, (FaultyWay, FaultyWay)> ways, TimeProvider clock)
    {
        _listener = listener;
        _target = target;
        _ways = ways;
        _clock = clock;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Begins to listen.</summary>
    /// <param name="address">Where; port 0 is any that is free.</param>
    /// <param name="target">Where the node listens, once the port of this is known; the same address with port 0 takes the proxy's.</param>
    /// <param name="ways">The ways of a connection, from who opened it (host:port, null: nobody known) and back.</param>
    /// <param name="clock">Time of delays.</param>
    /// <exception cref="SocketException">The address can't be listened at.</exception>
    public static FaultProxy Start(IPEndPoint address, IPEndPoint target, Func<string?, (FaultyWay There, FaultyWay Back)> ways, TimeProvider clock)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(address);
            listener.Listen(Backlog);
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        var port = target.Port == 0 ? ((IPEndPoint)listener.LocalEndPoint!).Port : target.Port;
        return new FaultProxy(listener, new IPEndPoint(target.Address, port), ways, clock);
    }

    /// <summary>Breaks connections at once, as a firewall does that sends resets.</summary>
    /// <param name="peer">Those that this peer opened, or all.</param>
    public int Break(string? peer = null)
    {
        Connection[] broken;
        lock (_gate)
            broken = [.. _connections.Where(connection => peer is null || connection.Peer == peer)];
        foreach (var connection in broken)
            connection.Break();
        return broken.Length;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        Break();
        await _accepting.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _room.WaitAsync(_stop.Token).ConfigureAwait(false);
                var client = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                client.NoDelay = true;
                _ = ServeAsync(client);
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException || _stop.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException)
            {
                // A client that went before it was accepted, or no descriptors: the others go on.
                _room.Release();

                // The edge: nobody says when there are descriptors again.
                await Task.Delay(TimeSpan.FromMilliseconds(50), _clock).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var target = new Socket(_target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var connection = new Connection(client, target);
        lock (_gate)
            _connections.Add(connection);
        try
        {
            var stop = connection.Stop;
            if (_stop.IsCancellationRequested)
                return;
            var first = await GreetingAsync(client, stop).ConfigureAwait(false);
            connection.Peer = first.Length > AssociateFrame.PrefixBytes ? AssociateFrame.OriginOf(first) : null;
            var (there, back) = _ways(connection.Peer);

            // Until both ways are open there is no connection: its first packets would be lost.
            await there.Open.WaitAsync(stop).ConfigureAwait(false);
            await back.Open.WaitAsync(stop).ConfigureAwait(false);
            await target.ConnectAsync(_target, stop).ConfigureAwait(false);
            var going = new ProxyPipe(client, target, there, _clock).RunAsync(first, stop);
            var coming = new ProxyPipe(target, client, back, _clock).RunAsync([], stop);
            await Task.WhenAny(going, coming).ConfigureAwait(false);
            if (going.IsFaulted || coming.IsFaulted)
                connection.Break();
            await Task.WhenAll(going, coming).ConfigureAwait(false);
        }
        catch (Exception over) when (over is SocketException or OperationCanceledException or ObjectDisposedException)
        {
        }
        finally
        {
            lock (_gate)
                _connections.Remove(connection);
            _room.Release();
        }
    }

    private static async Task<byte[]> GreetingAsync(Socket client, CancellationToken stop)
    {
        var buffer = new byte[AssociateFrame.PrefixBytes + AssociateFrame.MaxBytes];
        var wanted = AssociateFrame.PrefixBytes;
        var count = 0;
        while (count < wanted)
        {
            var read = await client.ReceiveAsync(buffer.AsMemory(count, wanted - count), stop).ConfigureAwait(false);
            if (read == 0)
                break;
            count += read;
            if (count == AssociateFrame.PrefixBytes && AssociateFrame.LengthOf(buffer) is > 0 and var whole)
                wanted = whole;
        }

        return buffer[..count];
    }

    private sealed class Connection(Socket client, Socket target) : IDisposable
    {
        private readonly CancellationTokenSource _over = new();

        public string? Peer { get; set; }

        public CancellationToken Stop => _over.Token;

        public void Break()
        {
            Reset(client);
            Reset(target);
            try
            {
                _over.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It is over by itself.
            }
        }

        public void Dispose()
        {
            client.Dispose();
            _over.Dispose();
        }

        private static void Reset(Socket socket)
        {
            try
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
                socket.Dispose();
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
            }
        }
    }
}
