using System.Net.Sockets;
using System.Text;

namespace Actors.DeviceModel.Tests;

/// <summary>The outside's ends of UNIX stream sockets, blocking.</summary>
internal static class TestSockets
{
    public static Socket Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    public static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(8);
        return socket;
    }

    public static string ReceiveText(this Socket socket, int length)
    {
        var bytes = new byte[length];
        for (var got = 0; got < length;)
        {
            var count = socket.Receive(bytes, got, length - got, SocketFlags.None);
            Assert.NotEqual(0, count);
            got += count;
        }

        return Encoding.UTF8.GetString(bytes);
    }
}
