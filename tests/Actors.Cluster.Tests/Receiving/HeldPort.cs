using System.Net;
using System.Net.Sockets;

namespace Actors.Cluster.Tests;

/// <summary>
/// A port of the machine that stays the test's although nobody listens there, or not yet, or not any more: a socket that is bound and doesn't listen. Who connects is refused, nobody else is given the number, and a
/// listener of the test may still come.
/// </summary>
internal sealed class HeldPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public HeldPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public IPEndPoint Address => (IPEndPoint)_socket.LocalEndPoint!;

    public int Port => Address.Port;

    public void Dispose() => _socket.Dispose();
}
