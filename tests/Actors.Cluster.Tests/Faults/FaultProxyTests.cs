using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Xunit;

namespace Actors.Cluster.Tests;

/// <summary>The proxy between real sockets. Nothing here waits for a time: each step waits for the bytes that must come.</summary>
public sealed class FaultProxyTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _patience = new(Observer.Patience);
    private readonly Socket _node = Listen();
    private readonly FaultyWay _there = new(1);
    private readonly FaultyWay _back = new(2);
    private readonly List<string?> _peers = [];
    private readonly FaultProxy _proxy;

    public FaultProxyTests()
    {
        _proxy = FaultProxy.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            (IPEndPoint)_node.LocalEndPoint!,
            peer =>
            {
                _peers.Add(peer);
                return (_there, _back);
            },
            TimeProvider.System);
    }

    [Fact]
    public async Task Bytes_pass_both_ways_and_so_does_the_end()
    {
        var (client, server) = await ConnectAsync("hello");
        await SendAsync(server, "world");
        Assert.Equal("world", await ReadAsync(client, 5));
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await server.ReceiveAsync(new byte[1], _patience.Token));
        await SendAsync(server, "!");
        Assert.Equal("!", await ReadAsync(client, 1));
    }

    [Fact]
    public async Task A_way_that_is_cut_holds_bytes_and_the_other_way_goes_on()
    {
        var (client, server) = await ConnectAsync("a");
        var cut = new WayFault { IsCut = true };
        _there.Add(cut);
        await SendAsync(client, "b");
        var reading = ReadAsync(server, 1);
        await SendAsync(server, "c");
        Assert.Equal("c", await ReadAsync(client, 1));
        await SendAsync(server, "d");
        Assert.Equal("d", await ReadAsync(client, 1));
        Assert.False(reading.IsCompleted);
        _there.Remove(cut);
        Assert.Equal("b", await reading);
    }

    [Fact]
    public async Task A_new_connection_over_a_cut_way_is_there_when_the_cut_is_over()
    {
        var cut = new WayFault { IsCut = true };
        _back.Add(cut);
        var connecting = ConnectAsync("a");
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.False(connecting.IsCompleted);
        _back.Remove(cut);
        await connecting;
    }

    [Fact]
    public async Task A_broken_connection_ends_at_both_sides()
    {
        var (client, server) = await ConnectAsync("a");
        Assert.Equal(1, _proxy.Break());
        await AssertBrokenAsync(client);
        await AssertBrokenAsync(server);
    }

    [Fact]
    public async Task A_corrupted_way_changes_bits_and_no_lengths()
    {
        var (client, server) = await ConnectAsync("a");
        _there.Add(new WayFault { Corruption = 1 });
        var sent = new string('x', 1000);
        await SendAsync(client, sent);
        var got = await ReadAsync(server, sent.Length);
        Assert.InRange(got.Zip(sent).Count(pair => pair.First != pair.Second), 1, 10);
    }

    [Fact]
    public async Task A_slow_way_passes_everything_in_order()
    {
        var (client, server) = await ConnectAsync("a");
        _there.Add(new WayFault { BytesPerSecond = 100_000, Delay = TimeSpan.FromMilliseconds(1), Loss = 0.1 });
        var sent = string.Concat(Enumerable.Range(0, 1000).Select(number => $"{number:0000}"));
        await SendAsync(client, sent);
        Assert.Equal(sent, await ReadAsync(server, sent.Length));
    }

    [Fact]
    public async Task When_nobody_listens_behind_it_a_client_is_turned_away()
    {
        using var nobody = new HeldPort();
        await using var proxy = FaultProxy.Start(new IPEndPoint(IPAddress.Loopback, 0), nobody.Address, _ => (_there, _back), TimeProvider.System);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(proxy.Address, _patience.Token);
        await SendAsync(client, Framed("a"));
        await AssertBrokenAsync(client);
    }

    [Fact]
    public async Task A_node_of_Akka_is_known_by_its_greeting()
    {
        using var node = ActorSystem.Create("actors", ConfigurationFactory.ParseString(
            """akka { loglevel = OFF, stdout-loglevel = OFF, actor.provider = remote, remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0, public-hostname = "node-7.example" } }"""));
        var port = ((ExtendedActorSystem)node).Provider.DefaultAddress.Port;
        node.ActorSelection($"akka.tcp://actors@127.0.0.1:{_proxy.Address.Port}/user/nobody").Tell("anything");
        using var server = await _node.AcceptAsync(_patience.Token);
        Assert.Equal($"node-7.example:{port}", Assert.Single(_peers));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")]
    [InlineData("\x12\x02\x12\x7f")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    public void What_is_no_greeting_says_no_name(string content) =>
        Assert.Null(AssociateFrame.OriginOf([0, 0, 0, 0, .. Encoding.Latin1.GetBytes(content)]));

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _node.Dispose();
        _patience.Dispose();
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private static string Framed(string content) => $"{(char)content.Length}\0\0\0{content}";

    private async Task<(Socket Client, Socket Server)> ConnectAsync(string first)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(_proxy.Address, _patience.Token);
        await SendAsync(client, Framed(first));
        var server = await _node.AcceptAsync(_patience.Token);
        Assert.Equal(Framed(first), await ReadAsync(server, first.Length + 4));
        return (client, server);
    }

    private async Task SendAsync(Socket socket, string text) => await socket.SendAsync(Encoding.Latin1.GetBytes(text), _patience.Token);

    private async Task<string> ReadAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var read = await socket.ReceiveAsync(bytes.AsMemory(at), _patience.Token);
            Assert.NotEqual(0, read);
            at += read;
        }

        return Encoding.Latin1.GetString(bytes);
    }

    private async Task AssertBrokenAsync(Socket socket)
    {
        try
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1], _patience.Token));
        }
        catch (SocketException)
        {
            // A reset is an end, too.
        }
    }
}
