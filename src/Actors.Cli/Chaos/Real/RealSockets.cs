using System.Globalization;
using System.Net.Sockets;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>
/// Sockets, which know no tokens and refuse nobody: it is the nodes that must keep still (<c>NodeLease</c>). Linux says which process is at the other end of a connection, whatever comes on it, and
/// so whose bytes they are. What the system holds of a former owner's when the next one's first byte is there was written before, and is taken first; what comes after that is an effect too many.
/// </summary>
internal sealed class RealSockets : IRealBackends
{
    private const int BytesPerBeat = 10 * 1024;
    private const int Backlog = 8;

    // SOL_SOCKET, SO_PEERCRED and the size of struct ucred (pid, uid, gid): unix(7).
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;
    private const int CredentialBytes = 12;

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    private readonly DirectoryInfo _folder;
    private readonly List<Door> _doors = [];
    private readonly Thread _thread;
    private readonly byte[] _buffer = new byte[BytesPerBeat];
    private volatile bool _isHurried;
    private volatile bool _isOver;

    /// <summary>Begins to listen.</summary>
    /// <param name="vms">Judges the bytes.</param>
    /// <param name="folder">For the sockets.</param>
    /// <param name="processOf">Says which process is at the other end; null: the system does.</param>
    public RealSockets(RealVms vms, DirectoryInfo folder, Func<Socket, int>? processOf = null)
    {
        _folder = folder;
        for (var vm = 0; vm < vms.Count; vm++)
            _doors.Add(new Door(new VmId(vm), PathOf(new VmId(vm)), vms, processOf ?? ProcessOf));
        _thread = new Thread(Pump) { IsBackground = true, Name = "sockets" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public bool IsDrained => _doors.TrueForAll(static door => door.IsEmpty);

    /// <summary>Nobody is refused here.</summary>
    public bool HasRefused => false;

    /// <inheritdoc/>
    public ConsolePortSpec PortOf(VmId vm) => new(RealPlan.Port, false, BackendKind.Socket, PathOf(vm), SocketRole.Client, PortPolicy.Block);

    /// <inheritdoc/>
    public void Hurry() => _isHurried = true;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _isOver = true;
        _thread.Join();
        foreach (var door in _doors)
            door.Dispose();
        return default;
    }

    private static int ProcessOf(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[CredentialBytes];
        socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
        return BitConverter.ToInt32(credentials);
    }

    private string PathOf(VmId vm) => Path.Combine(_folder.FullName, string.Create(CultureInfo.InvariantCulture, $"vm-{vm.Value}"));

    private void Pump()
    {
        while (!_isOver)
        {
            foreach (var door in _doors)
                door.Pump(_buffer, _isHurried);

            // The edge: bytes are taken at a pace, in real time.
            Thread.Sleep(Beat);
        }
    }

    /// <summary>The socket of a VM, and who is connected to it, oldest first.</summary>
    private sealed class Door : IDisposable
    {
        private readonly VmId _vm;
        private readonly RealVms _vms;
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly Func<Socket, int> _processOf;
        private readonly List<Peer> _peers = [];
        private volatile bool _isEmpty = true;

        public Door(VmId vm, string path, RealVms vms, Func<Socket, int> processOf)
        {
            (_vm, _vms, _processOf) = (vm, vms, processOf);
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen(Backlog);
            _listener.Blocking = false;
        }

        public bool IsEmpty => _isEmpty;

        public void Pump(byte[] buffer, bool isHurried)
        {
            while (_listener.Poll(0, SelectMode.SelectRead))
            {
                var socket = _listener.Accept();
                socket.Blocking = false;
                _peers.Add(new Peer(socket, _processOf(socket)));
            }

            for (var i = 0; i < _peers.Count; i++)
            {
                var peer = _peers[i];
                if (!peer.HasBytes && peer.Socket.Available > 0)
                {
                    peer.HasBytes = true;
                    for (var older = 0; older < i; older++)
                    {
                        while (Take(_peers[older], buffer, isLate: true))
                        {
                        }
                    }
                }

                while (peer.HasBytes && Take(peer, buffer, isLate: false) && isHurried)
                {
                }

                // One that never says anything ends as well.
                if (!peer.HasBytes && peer.Socket.Poll(0, SelectMode.SelectRead) && peer.Socket.Available == 0)
                    peer.IsOver = true;
            }

            foreach (var gone in _peers.Where(static peer => peer.IsOver))
                gone.Socket.Dispose();
            _peers.RemoveAll(static peer => peer.IsOver);
            _isEmpty = _peers.Count == 0;
        }

        public void Dispose()
        {
            foreach (var peer in _peers)
                peer.Socket.Dispose();
            _listener.Dispose();
        }

        /// <summary>Takes a piece; false: there is none now.</summary>
        private bool Take(Peer peer, byte[] buffer, bool isLate)
        {
            if (peer.IsOver)
                return false;
            var count = peer.Socket.Receive(buffer, SocketFlags.None, out var error);
            if (count > 0)
                _vms.TakeFrom(_vm, peer.Process, buffer.AsSpan(0, count), isLate);
            else if (error != SocketError.WouldBlock)
                peer.IsOver = true;
            return count > 0;
        }
    }

    private sealed class Peer(Socket socket, int process)
    {
        public Socket Socket => socket;

        public int Process => process;

        public bool HasBytes { get; set; }

        public bool IsOver { get; set; }
    }
}
