using Actors.Protocol;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>
/// Listens at a path and serves one client at a time. Further ones wait in the kernel's backlog until the live one leaves: deliberately neither refused nor
/// put in its place (acrn-io-path.md C13), so that a second look at a console disturbs nothing and gets its turn. A socket file that nobody listens at
/// any more is replaced; one with a live server, or a file of another kind, never. The socket file goes with the backend.
/// </summary>
internal sealed class SocketServerBackend : SocketBackend
{
    private const int Backlog = 64;
    private const int TroubleMilliseconds = 1000;
    private const string ListenAt = "listen at";

    private readonly SafeDescriptor _listener;
    private readonly ReadinessRegistration _readiness;
    private readonly SocketFile _file;

    private SocketServerBackend(SafeDescriptor listener, SocketFile file, ConsolePortSpec port, IPortBackendEvents events, IOwnerLease? lease)
        : base(events, lease)
    {
        _listener = listener;
        _file = file;
        _readiness = ReadinessLoop.Shared.Register(listener, this, Gate);
        Notice = $"port '{port.Name}' listens at {port.Path}";
    }

    /// <summary>Listens at the port's path.</summary>
    public static SocketServerBackend Open(ConsolePortSpec port, IPortBackendEvents events, IOwnerLease? lease = null)
    {
        var path = PathProblem.RequireSocket(port, ListenAt);
        var listener = UnixSocket.Create();
        SocketFile? file = null;
        try
        {
            if (listener.IsInvalid)
                throw new IOException(Libc.Describe(Libc.LastError));

            Bind(listener, port, path);
            file = new SocketFile(path);
            if (Libc.Listen(listener, Backlog) != 0)
                throw new IOException(Libc.Describe(Libc.LastError));

            return new SocketServerBackend(listener, file, port, events, lease);
        }
        catch (BackendOpenException)
        {
            listener.Dispose();
            throw;
        }
        catch (IOException problem)
        {
            file?.Dispose();
            listener.Dispose();
            throw PathProblem.Of(port, ListenAt, problem.Message);
        }
    }

    /// <inheritdoc/>
    protected override void StartConnecting()
    {
        if (InTrouble)
            _readiness.ArmAfter(BackendInterest.Read, TroubleMilliseconds);
        else
            _readiness.Arm(BackendInterest.Read);
    }

    /// <inheritdoc/>
    protected override void StopConnecting() => _readiness.Arm(BackendInterest.None);

    /// <inheritdoc/>
    protected override unsafe SafeDescriptor? TryConnect()
    {
        var client = Libc.Accept(_listener, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (!client.IsInvalid)
            return client;

        // Anything but "nobody is there (any more)" is a lack of descriptors or memory, with the client still waiting.
        InTrouble = Libc.LastError is not (EAGAIN or EINTR);
        client.Dispose();
        return null;
    }

    /// <inheritdoc/>
    protected override void Close()
    {
        _readiness.Dispose();

        // Before the listener closes: as long as it is open, no other file can get this one's inode number.
        _file.Dispose();
        _listener.Dispose();
    }

    private static void Bind(SafeDescriptor listener, ConsolePortSpec port, string path)
    {
        var error = UnixSocket.Bind(listener, path);
        if (error == EADDRINUSE)
        {
            if (!FileStatus.TryGet(path, out var found) || !found.IsSocket)
                throw PathProblem.Of(port, ListenAt, "a file that is no socket is there; remove it, or choose another path");

            RefuseUnlessStale(port, path);
            Libc.Unlink(path);
            error = UnixSocket.Bind(listener, path);
        }

        if (error == EADDRINUSE)
            throw PathProblem.Of(port, ListenAt, "another program listens there; stop it, or choose another path");
        if (error != 0)
            throw PathProblem.Of(port, ListenAt, error);
    }

    private static void RefuseUnlessStale(ConsolePortSpec port, string path)
    {
        using var probe = UnixSocket.Create();
        var error = probe.IsInvalid ? Libc.LastError : UnixSocket.Connect(probe, path);
        switch (error)
        {
            case ECONNREFUSED or ENOENT:
                return;

            case 0 or EAGAIN or EPROTOTYPE:
                throw PathProblem.Of(port, ListenAt, "another program listens there; stop it, or choose another path");

            default:
                throw PathProblem.Of(port, ListenAt, $"a socket is there, and whether somebody listens can't be found out ({Libc.Describe(error)}); choose another path");
        }
    }

    /// <summary>The file that bind made; removed at the end, unless somebody else's is there by then.</summary>
    private sealed class SocketFile : IDisposable
    {
        private readonly string _path;
        private readonly FileStatus _made;
        private readonly IDisposable _exitAction;

        public SocketFile(string path)
        {
            _path = path;
            FileStatus.TryGet(path, out _made);
            _exitAction = ExitActions.Add(Remove);
        }

        public void Dispose()
        {
            _exitAction.Dispose();
            Remove();
        }

        private void Remove()
        {
            if (FileStatus.TryGet(_path, out var found) && found == _made)
                Libc.Unlink(_path);
        }
    }
}
