using Actors.Protocol;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>
/// Connects to a server's path. A server that isn't there (yet, or any more) is no error: while a port waits for it, it is tried again, every 100 ms at
/// first and every 2 s at last. The pace starts anew when bytes moved, not when a connection was made: a server that hangs up at once is not stormed.
/// </summary>
internal sealed class SocketClientBackend : SocketBackend
{
    /// <summary>First wait.</summary>
    public const int FirstRetryMilliseconds = 100;

    /// <summary>Longest wait.</summary>
    public const int LastRetryMilliseconds = 2000;

    private const string ConnectTo = "connect to";

    private readonly string _path;
    private readonly ReadinessRegistration _retry;
    private int _lastError;
    private int _retryMilliseconds = FirstRetryMilliseconds / 2;

    private SocketClientBackend(ConsolePortSpec port, string path, IPortBackendEvents events, IOwnerLease? lease)
        : base(events, lease)
    {
        _path = path;
        _retry = ReadinessLoop.Shared.Register(null, this, Gate);
        if (MayConnect && TryConnect() is { } socket)
            TryTake(socket);
        else
            Notice = $"port '{port.Name}' waits for a server at {path}";
    }

    /// <summary>Connects to the port's path, now or later.</summary>
    public static SocketClientBackend Open(ConsolePortSpec port, IPortBackendEvents events, IOwnerLease? lease = null)
    {
        var path = PathProblem.RequireSocket(port, ConnectTo);
        if (FileStatus.TryGet(path, out var found) && !found.IsSocket && !found.IsSymbolicLink)
            throw PathProblem.Of(port, ConnectTo, "a file that is no socket is there; name a server's socket");

        if (Path.GetDirectoryName(path) is { Length: > 0 } directory && !Directory.Exists(directory))
            throw PathProblem.Of(port, ConnectTo, ENOENT);

        try
        {
            var client = new SocketClientBackend(port, path, events, lease);
            if (client._lastError is not (EACCES or EPERM))
                return client;

            client.Dispose();
            throw PathProblem.Of(port, ConnectTo, "permission denied; name a server's socket that you may use");
        }
        catch (IOException problem)
        {
            throw PathProblem.Of(port, ConnectTo, problem.Message);
        }
    }

    /// <inheritdoc/>
    protected override void StartConnecting() => _retry.ArmAfter(BackendInterest.Read, _retryMilliseconds);

    /// <inheritdoc/>
    protected override void StopConnecting() => _retry.Arm(BackendInterest.None);

    /// <inheritdoc/>
    protected override SafeDescriptor? TryConnect()
    {
        _retryMilliseconds = Math.Min(_retryMilliseconds * 2, LastRetryMilliseconds);
        var socket = UnixSocket.Create();
        _lastError = socket.IsInvalid ? Libc.LastError : UnixSocket.Connect(socket, _path);
        if (_lastError == 0)
            return socket;

        socket.Dispose();
        return null;
    }

    /// <inheritdoc/>
    protected override void BytesMoved() => _retryMilliseconds = FirstRetryMilliseconds;

    /// <inheritdoc/>
    protected override void Close() => _retry.Dispose();
}
