using System.Net;
using System.Net.Sockets;
using Actors.DeviceModel;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cluster.Tests;

/// <summary>A receiver that remembers a higher token than a cluster gives, which forgot everything while the calendar was set back: from the backend to a whole cluster.</summary>
public sealed class RememberedTokenTests
{
    private const int LineLength = 512;
    private const int Lines = 4096;

    /// <summary>Of a cluster before this one, ten years ahead.</summary>
    private static readonly FencingToken Remembered = FenceTokens.Make((ulong)DateTimeOffset.UtcNow.AddYears(10).ToUnixTimeSeconds(), 77, 3);

    [Fact]
    public void A_writer_that_was_never_admitted_says_what_the_receiver_remembers_and_goes_on_when_it_has_a_higher_token()
    {
        using var rig = new ReceiverRig();
        using (var before = new StreamWriter(rig.Receiver.Address, token: 9))
        {
            before.AwaitPosition();
            Assert.True(before.TryWriteAll(0, "abc"u8, out _));
        }

        using var writer = new StreamWriter(rig.Receiver.Address, token: 5);
        AwaitRemembered(writer);
        Assert.Equal(9UL, writer.Backend.Remembered.Value);
        Assert.True(writer.Backend.IsFenced);
        Assert.Contains("remembers token 9, this writer has token 5: it waits for a higher one", writer.Backend.Warning, StringComparison.Ordinal);

        // Not high enough: nothing happens.
        writer.Backend.Raise(new FencingToken(9));
        Assert.True(writer.Backend.IsFenced);
        writer.Backend.Raise(new FencingToken(10));
        Assert.Equal(3, writer.AwaitPosition());
        Assert.True(writer.TryWriteAll(3, "def"u8, out _));
        Assert.Null(writer.Backend.Warning);
        Assert.Equal((6L, 10UL), (rig.Only().Bytes, rig.Only().Token));
        Assert.Equal(ReceiverRig.Hash("abcdef"u8), rig.Only().Sha256);
    }

    [Fact]
    public void A_writer_that_had_been_admitted_has_a_successor_and_no_token_brings_it_back()
    {
        using var rig = new ReceiverRig();
        using var zombie = new StreamWriter(rig.Receiver.Address, token: 1);
        zombie.AwaitPosition();
        using var owner = new StreamWriter(rig.Receiver.Address, token: 2);
        owner.AwaitPosition();
        Assert.False(zombie.TryWriteAll(0, "x"u8, out _));

        Assert.False(zombie.Backend.Remembered.IsGuarded);
        zombie.Backend.Raise(new FencingToken(3));
        Assert.False(zombie.TryWriteAll(0, "x"u8, out var error));
        Assert.Contains("was taken over with token 2", error, StringComparison.Ordinal);
        Assert.True(owner.TryWriteAll(0, "y"u8, out _));
        Assert.Equal(2UL, rig.Only().Token);
    }

    [Fact]
    public void Who_has_no_token_at_all_is_refused_for_good()
    {
        using var rig = new ReceiverRig();
        using (var before = new StreamWriter(rig.Receiver.Address, token: 9))
            before.AwaitPosition();
        using var writer = new StreamWriter(rig.Receiver.Address);

        Assert.False(writer.TryWriteAll(0, "x"u8, out var error));
        Assert.Contains("was taken over with token 9", error, StringComparison.Ordinal);
        Assert.False(writer.Backend.Remembered.IsGuarded);
    }

    [Fact]
    public void A_receiver_that_always_remembers_a_higher_token_is_greeted_once_for_each_token_and_not_by_itself()
    {
        using var mad = new MadReceiver(static hello => hello.Fence.Value + 1);
        using var writer = new StreamWriter(mad.Address, token: 5);
        for (var token = 6UL; token < 20; token += 2)
        {
            AwaitRemembered(writer);
            Assert.Equal(token, writer.Backend.Remembered.Value);
            writer.Backend.Raise(new FencingToken(token + 1));
        }

        AwaitRemembered(writer);
        Assert.Equal(8, mad.Greetings);
    }

    [Fact]
    public async Task A_vm_goes_on_above_what_its_receiver_remembers_with_every_byte_of_its_guest_once()
    {
        using var output = new HeldStream();
        using var rig = new ReceiverRig(StreamOutput.To(output));
        Remember(rig, output, "abc"u8);
        await using var cluster = await TestCluster.StartAsync(1, others: new PortBackendFactory());
        await using var outside = new Observer();

        var down = Await(outside, cluster, Spec(rig.Receiver.Address), VmPlacement.Colocated, output, out var up);
        Assert.Null(up.Lost);
        Check(rig, down, up);
    }

    [Fact]
    public async Task In_split_placement_it_does_too_and_what_comes_after_it_has_a_still_higher_token()
    {
        using var output = new HeldStream();
        using var rig = new ReceiverRig(StreamOutput.To(output));
        Remember(rig, output, "abc"u8);
        await using var cluster = await TestCluster.StartAsync(2, (index, options) => options with { Roles = [index == 0 ? NodeRoles.Guest : NodeRoles.Service] }, new PortBackendFactory());
        await using var outside = new Observer();

        var down = Await(outside, cluster, Spec(rig.Receiver.Address), VmPlacement.Split, output, out var up);
        Assert.Equal(cluster.Nodes[1].Address, up.ServiceNode);
        Check(rig, down, up);

        // Of the same shard.
        Assert.True(outside.Start(cluster.Nodes[0].Address, TestCluster.Idle(7 + VmShards.Count), VmPlacement.Split).Fence > up.Fence);
    }

    [Fact]
    public async Task A_receiver_that_remembers_what_no_cluster_can_have_given_leaves_the_vm_waiting_and_others_their_tokens()
    {
        using var mad = new MadReceiver(static _ => ulong.MaxValue);
        var backends = new Opened();
        await using var cluster = await TestCluster.StartAsync(1, others: backends);
        await using var outside = new Observer();
        var up = outside.Start(cluster.Nodes[0].Address, Spec(mad.Address));
        outside.Tell(cluster.Nodes[0].Address, up.Seen());

        // Another VM of the same shard.
        var other = outside.Start(cluster.Nodes[0].Address, TestCluster.Idle(7 + VmShards.Count));
        Assert.InRange(FenceTokens.RegisterOf(other.Fence), 1UL, (ulong)DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds());

        Assert.True(SpinWait.SpinUntil(() => backends.Last!.Remembered.IsGuarded, Observer.Patience));
        outside.Tell(cluster.Nodes[0].Address, new ClusterHop.StopVm(up.Vm));
        var down = outside.Expect<ClusterHop.VmDown>();
        Assert.Equal((VmEnd.Stopped, up.Fence), (down.End, down.Fence));
        Assert.Contains("remembers", Assert.Single(down.Ports).LastError, StringComparison.Ordinal);
    }

    /// <summary>As of a cluster before. What comes next waits until it is let go.</summary>
    private static void Remember(ReceiverRig rig, HeldStream output, ReadOnlySpan<byte> bytes)
    {
        using var before = new StreamWriter(rig.Receiver.Address, Remembered.Value, vm: 7, port: "out");
        before.AwaitPosition();
        Assert.True(before.TryWriteAll(0, bytes, out _));
        output.Hold();
    }

    private static void AwaitRemembered(StreamWriter writer)
    {
        while (!writer.Backend.Remembered.IsGuarded)
            writer.Await(BackendInterest.Connect);
    }

    /// <summary>Wants the VM until it runs with a token above what the receiver remembers, and not before that is heard does the receiver take its bytes: one that ended meanwhile would say no more than that.</summary>
    private static ClusterHop.VmDown Await(Observer outside, TestCluster cluster, VmSpec spec, VmPlacement placement, HeldStream output, out ClusterHop.VmUp up)
    {
        var entrance = cluster.Nodes[0].Address;
        up = outside.Start(entrance, spec, placement);
        while (true)
        {
            outside.Tell(entrance, up.Seen());
            if (up.Fence > Remembered)
                break;
            up = outside.Expect<ClusterHop.VmUp>();
        }

        output.LetGo();
        return outside.Expect<ClusterHop.VmDown>();
    }

    private static void Check(ReceiverRig rig, ClusterHop.VmDown down, ClusterHop.VmUp up)
    {
        var expected = new byte[3 + (Lines * LineLength)];
        "abc"u8.CopyTo(expected);
        for (var line = 0; line < Lines; line++)
            NumberedLine.Write(expected.AsSpan(3 + (line * LineLength), LineLength), 5, line);
        Assert.Equal((VmEnd.PowerOff, up.Fence), (down.End, down.Fence));
        var port = Assert.Single(down.Ports);
        Assert.Equal(((long)Lines * LineLength, (long)Lines * LineLength, 0L), (port.FromGuest, port.Written, port.Dropped));
        Assert.Equal((ReceiverRig.Hash(expected), up.Fence.Value), (rig.Only().Sha256, rig.Only().Token));
    }

    private static VmSpec Spec(IPEndPoint receiver) => new(
        new VmId(7),
        1,
        128 << 20,
        new GuestSpec("lines", ["out", "5", $"{Lines}", $"{LineLength}"]),
        [new ConsoleDeviceSpec(new Bdf(0, 3, 0), [new ConsolePortSpec("out", true, BackendKind.Stream, receiver.ToString(), Policy: PortPolicy.Block)], VirtioTransportKind.Modern)]);

    /// <summary>Takes no bytes while it is held.</summary>
    private sealed class HeldStream : Stream
    {
        private readonly ManualResetEventSlim _isOpen = new(initialState: true);

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Hold() => _isOpen.Reset();

        public void LetGo() => _isOpen.Set();

        public override void Write(byte[] buffer, int offset, int count) => _isOpen.Wait();

        public override void Write(ReadOnlySpan<byte> buffer) => _isOpen.Wait();

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            // Who still waits goes on: a test that failed ends, too.
            _isOpen.Set();
            base.Dispose(disposing);
        }
    }

    /// <summary>Opens real backends, and has the last one.</summary>
    private sealed class Opened : IPortBackendFactory
    {
        private readonly PortBackendFactory _real = new();
        private StreamBackend? _last;

        public StreamBackend? Last => Volatile.Read(ref _last);

        public IPortBackend Open(ConsolePortSpec port, IPortBackendEvents events, BackendOwner owner)
        {
            var backend = _real.Open(port, events, owner);
            Volatile.Write(ref _last, (StreamBackend)backend);
            return backend;
        }
    }

    /// <summary>Refuses whoever greets, since it always remembers something higher.</summary>
    private sealed class MadReceiver : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly Func<StreamHello, ulong> _remembers;
        private int _greetings;

        public MadReceiver(Func<StreamHello, ulong> remembers)
        {
            _remembers = remembers;
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen();
            new Thread(Serve) { IsBackground = true }.Start();
        }

        public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

        public int Greetings => Volatile.Read(ref _greetings);

        public void Dispose() => _listener.Dispose();

        private void Serve()
        {
            var hello = new byte[StreamSpec.HelloSize];
            var answer = new byte[StreamSpec.AnswerSize];
            try
            {
                while (true)
                {
                    using var peer = _listener.Accept();
                    Refuse(peer, hello, answer);
                }
            }
            catch (Exception over) when (over is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private void Refuse(Socket peer, byte[] hello, byte[] answer)
        {
            try
            {
                for (int have = 0, count; have < hello.Length; have += count)
                {
                    count = peer.Receive(hello.AsSpan(have));
                    if (count == 0)
                        return;
                }

                if (!StreamSpec.TryReadHello(hello, out var said, out _, out _))
                    return;
                Interlocked.Increment(ref _greetings);
                StreamSpec.WriteAnswer(answer, new StreamAnswer(StreamStatus.Fenced, 0, new FencingToken(_remembers(said))));
                peer.Send(answer);
                while (peer.Receive(hello) > 0)
                {
                    // The name, and then the end: closing with something unread would take the answer back.
                }
            }
            catch (SocketException)
            {
                // That writer has gone; the next one is refused as well.
            }
        }
    }
}
