using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

[Collection(BackendCollection.Name)]
public sealed class SocketClientBackendTests : IDisposable
{
    private readonly BackendSignals _signals = new();
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder["s"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_server_that_is_there_is_connected_at_once()
    {
        using var listener = TestSockets.Listen(Path);
        using var client = Open();
        Assert.True(client.IsConnected);
        Assert.Null(client.Notice);

        using var server = listener.Accept();
        server.Send("in"u8);
        Assert.Equal("in", client.ReadText(_signals, 2));
        Assert.Equal(BackendStatus.Done, client.Write("out").Status);
        Assert.Equal("out", server.ReceiveText(3));
    }

    [Fact]
    public void A_server_that_is_not_there_yet_is_no_error_and_is_found_when_it_comes()
    {
        using var client = Open();
        Assert.False(client.IsConnected);
        Assert.Equal(BackendStatus.Disconnected, client.Write("x").Status);
        Assert.Equal(BackendStatus.Disconnected, client.TryRead(new byte[1]).Status);
        Assert.Equal($"port 'tty0' waits for a server at {Path}", client.Notice);
        client.Arm(BackendInterest.Connect);

        using var listener = TestSockets.Listen(Path);

        Assert.Equal(BackendInterest.Connect, _signals.Next());
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void A_server_that_restarts_is_connected_again()
    {
        using var client = Open();
        for (var round = 0; round < 3; round++)
        {
            client.Arm(BackendInterest.Connect);
            using var listener = TestSockets.Listen(Path);
            Assert.Equal(BackendInterest.Connect, _signals.Next());
            using (var server = listener.Accept())
            {
                server.Send("x"u8);
                Assert.Equal("x", client.ReadText(_signals, 1));
            }

            Assert.Equal(BackendStatus.Disconnected, client.ReadToEnd(_signals).Status);
            Assert.False(client.IsConnected);
        }
    }

    [Fact]
    public void A_server_that_hangs_up_is_told_to_a_port_that_waits_for_room()
    {
        using var listener = TestSockets.Listen(Path);
        using var client = Open();
        using var server = listener.Accept();
        while (client.TryWrite(new byte[8192]).Status == BackendStatus.Done)
            Assert.True(client.IsConnected);

        client.Arm(BackendInterest.Write);
        server.Dispose();

        Assert.Equal(BackendInterest.Write, _signals.Next());
        Assert.Equal(BackendStatus.Disconnected, client.Write("x").Status);
    }

    [Fact]
    public void Nobody_who_does_not_wait_is_connected()
    {
        using var client = Open();
        client.Arm(BackendInterest.Connect);
        client.Arm(BackendInterest.None);

        using var listener = TestSockets.Listen(Path);

        Assert.True(_signals.StaysSilent());
        Assert.False(client.IsConnected);
    }

    [Fact]
    public void A_path_that_can_never_be_a_server_s_is_refused()
    {
        File.WriteAllText(_folder["file"], string.Empty);

        Assert.Contains("no socket is there", Ports.Refused(BackendKind.Socket, _folder["file"], SocketRole.Client), StringComparison.Ordinal);
        Assert.Contains("its directory doesn't exist", Ports.Refused(BackendKind.Socket, _folder["no/server"], SocketRole.Client), StringComparison.Ordinal);
        Assert.Contains("at most 107 bytes", Ports.Refused(BackendKind.Socket, new string('s', 108), SocketRole.Client), StringComparison.Ordinal);
        Assert.Contains("needs a path", Ports.Refused(BackendKind.Socket, null, SocketRole.Client), StringComparison.Ordinal);
    }

    [Fact]
    public void Client_and_server_backends_talk_to_each_other()
    {
        var serverSignals = new BackendSignals();
        using var server = Ports.Open(BackendKind.Socket, serverSignals, Path);
        using var client = Open();
        serverSignals.Await(server, BackendInterest.Connect);

        client.Write("ping");
        Assert.Equal("ping", server.ReadText(serverSignals, 4));
        server.Write("pong");
        Assert.Equal("pong", client.ReadText(_signals, 4));
    }

    [Fact]
    public void Nothing_stays_open_whether_connected_or_waiting()
    {
        var before = OpenDescriptors.Snapshot();

        using (var waiting = Open())
            waiting.Arm(BackendInterest.Connect);
        using (TestSockets.Listen(Path))
        using (var connected = Open())
            connected.Arm(BackendInterest.Read);

        Assert.Equal(before, OpenDescriptors.Snapshot());
    }

    private IPortBackend Open() => Ports.Open(BackendKind.Socket, _signals, Path, SocketRole.Client);
}
