using System.Buffers;
using System.Net.Sockets;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>
/// The test's end of socket ports: listens at one path for each VM, gives lines to echoes and hands what comes to the VM's oracle. The newest connection of a VM is the
/// one that counts: it is of the newest incarnation.
/// </summary>
internal sealed class ConsoleServer : IDisposable
{
    /// <summary>How the names of folders with sockets begin.</summary>
    public const string FolderPrefix = "actors-scale-";

    private const int TickMilliseconds = 5;
    private const int Backlog = 4;

    private readonly RunFolder _folder;
    private readonly List<Channel> _channels = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TestClock _clock;
    private readonly ScalePlan _plan;
    private readonly Thread _pacer;

    /// <summary>Makes a server without VMs.</summary>
    /// <param name="plan">The workload.</param>
    /// <param name="clock">The test's.</param>
    /// <param name="folder">For the sockets.</param>
    public ConsoleServer(ScalePlan plan, TestClock clock, RunFolder folder)
    {
        _folder = folder;
        _plan = plan;
        _clock = clock;
        _pacer = new Thread(Pace) { IsBackground = true, Name = "pacer" };
    }

    /// <summary>Where the socket of a VM is.</summary>
    public string PathOf(VmId vm) => Path.Combine(_folder.Folder.FullName, $"{vm.Value}");

    /// <summary>Listens for all VMs.</summary>
    /// <exception cref="SocketException">There are not enough descriptors.</exception>
    public void Listen(IReadOnlyList<VmTraffic> traffic)
    {
        for (var i = 0; i < traffic.Count; i++)
        {
            var channel = new Channel(traffic[i], PathOf(traffic[i].Vm), _plan, _clock, (double)i / traffic.Count);
            _channels.Add(channel);
            _ = channel.AcceptAsync(_stop.Token);
        }

        if (_plan.Guest == ScaleGuest.Echo)
            _pacer.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stop.IsCancellationRequested)
            return;
        _stop.Cancel();
        if (_pacer.IsAlive)
            _pacer.Join();
        foreach (var channel in _channels)
            channel.Dispose();
    }

    private void Pace()
    {
        while (!_stop.IsCancellationRequested)
        {
            foreach (var channel in _channels)
                channel.Pump();

            // The edge: lines are due in real time, and a timer of the pool would come late when the VMs of the test keep the pool busy.
            Thread.Sleep(TickMilliseconds);
        }
    }

    private sealed class Channel : IDisposable
    {
        private readonly Lock _gate = new();
        private readonly VmTraffic _traffic;
        private readonly ScalePlan _plan;
        private readonly TestClock _clock;
        private readonly double _share;
        private readonly Socket _listener;
        private readonly byte[] _line;
        private Socket? _socket;
        private int _unsent;

        public Channel(VmTraffic traffic, string path, ScalePlan plan, TestClock clock, double share)
        {
            _traffic = traffic;
            _plan = plan;
            _clock = clock;
            _share = share;
            _line = new byte[plan.LineBytes];
            _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen(Backlog);
        }

        public async Task AcceptAsync(CancellationToken stop)
        {
            try
            {
                while (true)
                {
                    var socket = await _listener.AcceptAsync(stop).ConfigureAwait(false);
                    socket.Blocking = false;
                    lock (_gate)
                    {
                        _socket?.Dispose();
                        _socket = socket;
                        _unsent = 0;
                        _traffic.Connect(_clock.Now);
                        _traffic.Spread(_share);
                    }

                    _ = ReceiveAsync(socket);
                    Pump();
                }
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException or SocketException)
            {
            }
        }

        /// <summary>Sends what is due.</summary>
        public void Pump()
        {
            lock (_gate)
            {
                if (_socket is not { } socket || (_unsent > 0 && !TrySend(socket)))
                    return;
                while (_traffic.TryNext(_clock.Now, _line))
                {
                    _unsent = _line.Length;
                    if (!TrySend(socket))
                        return;
                }
            }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _socket?.Dispose();
                _socket = null;
                _listener.Dispose();
            }
        }

        private bool TrySend(Socket socket)
        {
            try
            {
                _unsent -= socket.Send(_line.AsSpan(_line.Length - _unsent), SocketFlags.None, out _);
            }
            catch (ObjectDisposedException)
            {
            }

            return _unsent == 0;
        }

        private async Task ReceiveAsync(Socket socket)
        {
            // Few VMs say much, many say little.
            var buffer = ArrayPool<byte>.Shared.Rent(_plan.Guest == ScaleGuest.Lines ? 64 * 1024 : 2048);
            try
            {
                while (await socket.ReceiveAsync(buffer, SocketFlags.None).ConfigureAwait(false) is var count and > 0)
                {
                    lock (_gate)
                    {
                        if (!ReferenceEquals(socket, _socket))
                            return;
                        _traffic.Arrive(buffer.AsSpan(0, count), _clock.Now);
                    }

                    if (_plan.LinesPerSecond == 0)
                        Pump();
                }
            }
            catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
            {
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
                Leave(socket);
            }
        }

        private void Leave(Socket socket)
        {
            lock (_gate)
            {
                if (!ReferenceEquals(socket, _socket))
                    return;
                _socket = null;
                _unsent = 0;
                _traffic.Disconnect(_clock.Now);
            }

            socket.Dispose();
        }
    }
}
