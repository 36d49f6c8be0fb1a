using System.Text;
using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>Backends without tokens, whose owner has run out of its lease: nothing moves, nothing is lost, and all goes on when it is back.</summary>
[Collection(BackendCollection.Name)]
public sealed class LeasedBackendTests : IDisposable
{
    private readonly BackendSignals _signals = new();
    private readonly TemporaryFolder _folder = new();
    private readonly TestLease _lease = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_socket_is_neither_written_nor_read_and_goes_on_with_the_next_byte()
    {
        using var listener = TestSockets.Listen(_folder["s"]);
        using var client = Open(BackendKind.Socket, _folder["s"], SocketRole.Client);
        using var server = listener.Accept();
        Assert.Equal(BackendStatus.Done, client.Write("before ").Status);

        _lease.Holds = false;
        server.Send("in"u8);
        Assert.Equal(BackendStatus.WouldBlock, client.Write("after").Status);
        Assert.Equal(BackendStatus.WouldBlock, client.TryRead(new byte[8]).Status);
        Assert.Equal(2, _lease.Held);
        client.Arm(BackendInterest.Read | BackendInterest.Write);
        Assert.True(_signals.StaysSilent());

        _lease.Renew();
        Assert.Equal(BackendInterest.Read | BackendInterest.Write, _signals.Next());
        Assert.Equal("in", client.ReadText(_signals, 2));
        Assert.Equal(BackendStatus.Done, client.Write("after").Status);
        Assert.Equal("before after", server.ReceiveText(12));
    }

    [Fact]
    public void What_a_leaver_sent_waits_too()
    {
        using var server = Open(BackendKind.Socket, _folder["s"], SocketRole.Server);
        using (var client = TestSockets.Connect(_folder["s"]))
        {
            _signals.Await(server, BackendInterest.Connect);
            Assert.Equal(BackendStatus.Done, server.Write("x").Status);
            client.Send("last words"u8);
        }

        Assert.Equal(BackendStatus.Disconnected, WriteUntilGone(server).Status);
        _lease.Holds = false;
        Assert.Equal(BackendStatus.WouldBlock, server.TryRead(new byte[32]).Status);
        _lease.Renew();
        Assert.Equal("last words", server.ReadText(_signals, 10));
    }

    [Fact]
    public void Nobody_is_connected_to_and_nobody_taken()
    {
        _lease.Holds = false;
        using var listener = TestSockets.Listen(_folder["out"]);
        using var client = Open(BackendKind.Socket, _folder["out"], SocketRole.Client);
        using var server = Open(BackendKind.Socket, _folder["in"], SocketRole.Server);
        using var peer = TestSockets.Connect(_folder["in"]);
        client.Arm(BackendInterest.Connect);
        server.Arm(BackendInterest.Connect);
        Assert.True(_signals.StaysSilent());
        Assert.False(client.IsConnected);
        Assert.False(server.IsConnected);

        _lease.Renew();
        _signals.Next();
        _signals.Next();
        client.Arm(BackendInterest.Connect);
        server.Arm(BackendInterest.Connect);
        _signals.Next();
        _signals.Next();
        Assert.True(client.IsConnected);
        Assert.True(server.IsConnected);
    }

    [Fact]
    public void A_terminal_s_user_sees_nothing_until_it_is_back()
    {
        using var pty = (PtyBackend)Open(BackendKind.Pty, null, SocketRole.Server);
        _lease.Holds = false;
        Assert.Equal(BackendStatus.WouldBlock, pty.Write("text").Status);
        Assert.False(pty.HoldsOutput);
        pty.Arm(BackendInterest.Write);
        Assert.True(_signals.StaysSilent());
        _lease.Renew();
        Assert.Equal(BackendInterest.Write, _signals.Next());
        Assert.Equal(BackendStatus.Done, pty.Write("text").Status);
        Assert.True(pty.HoldsOutput);
    }

    [Fact]
    public void A_file_without_tokens_waits()
    {
        using var file = Open(BackendKind.File, _folder["f"], SocketRole.Server);
        _lease.Holds = false;
        Assert.Equal(BackendStatus.WouldBlock, file.Write("text").Status);
        Assert.Equal(0, new FileInfo(_folder["f"]).Length);
        _lease.Renew();
        Assert.Equal(BackendStatus.Done, file.Write("text").Status);
        Assert.Equal("text", File.ReadAllText(_folder["f"], Encoding.ASCII));
    }

    [Fact]
    public void A_closed_backend_waits_for_nothing()
    {
        _lease.Holds = false;
        using (var file = Open(BackendKind.File, _folder["f"], SocketRole.Server))
            file.Arm(BackendInterest.Write);
        Assert.Equal(0, _lease.Waiting);
        _lease.Renew();
        Assert.Equal(0, _signals.Pending);
    }

    private static BackendResult WriteUntilGone(IPortBackend backend)
    {
        // Within the system's buffers a write to who just left may still succeed.
        var result = backend.Write("y");
        while (result.Status == BackendStatus.Done)
            result = backend.Write("y");
        return result;
    }

    private IPortBackend Open(BackendKind kind, string? path, SocketRole role) =>
        new PortBackendFactory(_lease).Open(Ports.Of(kind, path, role), _signals, default);

    /// <summary>Asked by the test and by the backends' loop.</summary>
    private sealed class TestLease : IOwnerLease
    {
        private readonly LeaseWaiters _waiters;
        private volatile bool _holds = true;
        private int _held;

        public TestLease() => _waiters = new LeaseWaiters(() => Holds);

        public bool Holds
        {
            get => _holds;
            set => _holds = value;
        }

        public int Held => Volatile.Read(ref _held);

        public int Waiting => _waiters.Count;

        public void CountHeld() => Interlocked.Increment(ref _held);

        public void Await(ILeaseWaiter waiter) => _waiters.Await(waiter);

        public void Forget(ILeaseWaiter waiter) => _waiters.Forget(waiter);

        public void Renew()
        {
            Holds = true;
            _waiters.Tell();
        }
    }
}
