using System.Net.Sockets;
using System.Text;
using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

[Collection(BackendCollection.Name)]
public sealed class SocketServerBackendTests : IDisposable
{
    private readonly BackendSignals _signals = new();
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder["s"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_client_is_noticed_and_bytes_pass_in_both_directions()
    {
        using var server = Open();
        Assert.False(server.IsConnected);
        Assert.Equal(BackendStatus.Disconnected, server.Write("x").Status);
        Assert.Equal(BackendStatus.Disconnected, server.TryRead(new byte[1]).Status);
        Assert.Equal($"port 'tty0' listens at {Path}", server.Notice);

        using var client = ConnectTo(server);

        client.Send("in"u8);
        Assert.Equal("in", server.ReadText(_signals, 2));
        Assert.Equal(new BackendResult(BackendStatus.Done, 3), server.Write("out"));
        Assert.Equal("out", client.ReceiveText(3));
    }

    [Fact]
    public void Whoever_waits_to_read_or_write_is_told_of_a_client()
    {
        using var server = Open();
        server.Arm(BackendInterest.Read | BackendInterest.Write);

        using var client = TestSockets.Connect(Path);

        Assert.Equal(BackendInterest.Read | BackendInterest.Write | BackendInterest.Connect, _signals.Next());
        Assert.True(server.IsConnected);
    }

    [Fact]
    public void A_client_that_leaves_is_Disconnected_never_Failed_and_the_next_one_is_served()
    {
        using var server = Open();
        for (var round = 0; round < 3; round++)
        {
            using (var client = ConnectTo(server))
            {
                client.Send(Encoding.UTF8.GetBytes($"{round}"));
                Assert.Equal($"{round}", server.ReadText(_signals, 1));
            }

            Assert.Equal(BackendStatus.Disconnected, server.ReadToEnd(_signals).Status);
            Assert.False(server.IsConnected);
            Assert.Equal(BackendStatus.Disconnected, server.Write("x").Status);
        }
    }

    [Fact]
    public void A_hang_up_is_told_to_whoever_waits_for_a_change_of_connection_only()
    {
        using var server = Open();
        var client = ConnectTo(server);
        server.Arm(BackendInterest.Connect);
        Assert.True(_signals.StaysSilent());

        client.Dispose();

        Assert.Equal(BackendInterest.Connect, _signals.Next());
        Assert.False(server.IsConnected);
    }

    [Fact]
    public void A_write_to_a_client_that_left_is_Disconnected()
    {
        using var server = Open();
        ConnectTo(server).Dispose();

        Assert.Equal(BackendStatus.Disconnected, server.Write("x").Status);
        Assert.False(server.IsConnected);
    }

    [Fact]
    public void A_second_client_waits_its_turn()
    {
        using var server = Open();
        using var first = ConnectTo(server);
        using var second = TestSockets.Connect(Path);
        second.Send("second"u8);
        first.Send("first"u8);

        Assert.Equal("first", server.ReadText(_signals, 5));
        Assert.Equal(BackendStatus.WouldBlock, server.TryRead(new byte[8]).Status);
        server.Write("for first");
        Assert.Equal("for first", first.ReceiveText(9));

        first.Dispose();
        Assert.Equal(BackendStatus.Disconnected, server.ReadToEnd(_signals).Status);
        Assert.Equal("second", server.ReadText(_signals, 6));
        Assert.True(server.IsConnected);
    }

    [Fact]
    public void A_client_that_stops_sending_still_gets_the_output_until_it_is_gone()
    {
        using var server = Open();
        using var client = ConnectTo(server);
        client.Send("last"u8);
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal("last", server.ReadText(_signals, 4));
        Assert.Equal(BackendStatus.WouldBlock, server.TryRead(new byte[8]).Status);
        server.Arm(BackendInterest.Read | BackendInterest.Connect);
        Assert.True(_signals.StaysSilent());
        Assert.Equal(BackendStatus.Done, server.Write("answer").Status);
        Assert.Equal("answer", client.ReceiveText(6));

        client.Dispose();
        Assert.NotEqual(BackendInterest.None, _signals.Next() & BackendInterest.Read);
        Assert.Equal(BackendStatus.Disconnected, server.TryRead(new byte[8]).Status);
    }

    [Fact]
    public void A_client_that_does_not_read_would_block_and_is_signalled_once_it_reads()
    {
        using var server = Open();
        using var client = ConnectTo(server);
        var data = new byte[16_384];
        var sent = 0;
        BackendResult result;
        while ((result = server.TryWrite(data)).Status == BackendStatus.Done)
            sent += result.Count;

        Assert.Equal(BackendStatus.WouldBlock, result.Status);
        server.Arm(BackendInterest.Write);
        Assert.True(_signals.StaysSilent());
        client.ReceiveText(sent);
        Assert.Equal(BackendInterest.Write, _signals.Next());
    }

    [Fact]
    public void What_a_client_sent_before_it_left_is_read_before_anything_of_the_next()
    {
        using var server = Open();
        using (var first = ConnectTo(server))
            first.Send("hello "u8);

        Assert.Equal(BackendStatus.Disconnected, server.Write("x").Status);
        using var second = ConnectTo(server);
        second.Send("world"u8);

        Assert.Equal("hello world", server.ReadText(_signals, 11));
    }

    [Fact]
    public void Input_of_a_client_that_left_is_known_of_until_it_is_read()
    {
        using var server = Open();
        using (var client = ConnectTo(server))
            client.Send("bye"u8);
        Assert.Equal(BackendStatus.Disconnected, server.Write("x").Status);

        Assert.False(server.IsConnected);
        Assert.True(server.HasInputOfLeavers);
        Assert.Equal("bye", server.ReadText(_signals, 3));
        Assert.Equal(BackendStatus.Disconnected, server.TryRead(new byte[1]).Status);
        Assert.False(server.HasInputOfLeavers);
    }

    [Fact]
    public void Unread_input_is_signalled_also_after_its_sender_left_and_was_found_out_by_a_write()
    {
        using var server = Open();
        server.Arm(BackendInterest.Connect);
        using (var client = TestSockets.Connect(Path))
        {
            _signals.Next();
            client.Send("hello"u8);
        }

        server.Write("x");
        server.Arm(BackendInterest.Read);

        Assert.Equal(BackendInterest.Read, _signals.Next());
        Assert.Equal("hello", server.ReadText(_signals, 5));
        Assert.Equal(BackendStatus.Disconnected, server.TryRead(new byte[1]).Status);
    }

    [Fact]
    public void Many_clients_that_leave_unread_input_are_bounded_and_all_of_it_is_read_in_order()
    {
        const int Clients = SocketBackend.MaxLeavers + 3;
        using var server = Open();
        var clients = Enumerable.Range(0, Clients).Select(number =>
        {
            var client = TestSockets.Connect(Path);
            client.Send([(byte)('0' + number)]);
            client.Dispose();
            return number;
        }).Count();

        for (var taken = 0; taken <= SocketBackend.MaxLeavers; taken++)
        {
            _signals.Await(server, BackendInterest.Connect);
            Assert.Equal(BackendStatus.Disconnected, server.Write("x").Status);
        }

        server.Arm(BackendInterest.Connect);
        Assert.True(_signals.StaysSilent());
        Assert.False(server.IsConnected);

        Assert.Equal(Clients, clients);
        Assert.Equal("0123456", server.ReadText(_signals, Clients));
    }

    [Fact]
    public void A_socket_file_that_nobody_listens_at_is_replaced()
    {
        using (var stale = UnixSocket.Create())
            Assert.Equal(0, UnixSocket.Bind(stale, Path));
        Assert.True(File.Exists(Path));

        using var server = Open();
        using var client = ConnectTo(server);

        Assert.True(server.IsConnected);
    }

    [Fact]
    public void A_socket_with_a_live_server_is_refused_and_left_alone()
    {
        using var server = Open();
        Assert.Equal(
            $"port 'tty0' can't listen at '{Path}': another program listens there; stop it, or choose another path.",
            Ports.Refused(BackendKind.Socket, Path));

        // The question itself was a client that came and went.
        server.Arm(BackendInterest.Connect);
        _signals.Next();
        Assert.Equal(BackendStatus.Disconnected, server.ReadToEnd(_signals).Status);
        using var client = ConnectTo(server);
        Assert.True(server.IsConnected);
    }

    [Fact]
    public void A_file_that_is_no_socket_is_refused_and_left_alone()
    {
        File.WriteAllText(Path, "mine");

        Assert.Contains("no socket is there", Ports.Refused(BackendKind.Socket, Path), StringComparison.Ordinal);
        Assert.Contains("no socket is there", Ports.Refused(BackendKind.Socket, _folder.Path), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(Path));
    }

    [Fact]
    public void The_longest_path_is_taken_and_a_longer_one_or_a_missing_directory_is_refused()
    {
        var longest = _folder[new string('s', UnixSocket.MaxPathBytes - _folder.Path.Length - 1)];
        using (var server = Ports.Open(BackendKind.Socket, _signals, longest))
            Assert.True(File.Exists(longest));

        Assert.Contains("at most 107 bytes", Ports.Refused(BackendKind.Socket, longest + "s"), StringComparison.Ordinal);
        Assert.Contains("create the directory first", Ports.Refused(BackendKind.Socket, _folder["no/s"]), StringComparison.Ordinal);
        Assert.Contains("needs a path", Ports.Refused(BackendKind.Socket), StringComparison.Ordinal);
    }

    [Fact]
    public void The_socket_file_goes_with_the_backend()
    {
        using (Open())
            Assert.True(File.Exists(Path));

        Assert.False(File.Exists(Path));
    }

    [Fact]
    public void The_socket_file_goes_on_every_way_out()
    {
        using var server = Open();

        ExitActions.RunAll();

        Assert.False(File.Exists(Path));
    }

    [Fact]
    public void A_file_that_somebody_else_put_there_meanwhile_stays()
    {
        using (Open())
        {
            File.Delete(Path);
            File.WriteAllText(Path, "mine");
        }

        Assert.Equal("mine", File.ReadAllText(Path));
    }

    [Fact]
    public void Nothing_stays_open()
    {
        var before = OpenDescriptors.Snapshot();

        var server = Open();
        var first = ConnectTo(server);
        first.Send("unread"u8);
        first.Dispose();
        server.Write("x");
        var second = ConnectTo(server);
        var third = TestSockets.Connect(Path);
        server.Arm(BackendInterest.Read | BackendInterest.Connect);
        server.Dispose();
        second.Dispose();
        third.Dispose();

        Assert.Equal(before, OpenDescriptors.Snapshot());
        Assert.Equal(BackendStatus.Disconnected, server.Write("x").Status);
        Assert.Equal(BackendStatus.Disconnected, server.TryRead(new byte[1]).Status);
        Assert.False(server.IsConnected);
    }

    private IPortBackend Open() => Ports.Open(BackendKind.Socket, _signals, Path);

    private Socket ConnectTo(IPortBackend server)
    {
        server.Arm(BackendInterest.Connect);
        var client = TestSockets.Connect(Path);
        Assert.NotEqual(BackendInterest.None, _signals.Next() & BackendInterest.Connect);
        Assert.True(server.IsConnected);
        return client;
    }
}
