using System.Net;
using System.Net.Sockets;
using System.Text;
using Actors.DeviceModel;
using CsCheck;

namespace Actors.Cluster.Tests;

/// <summary>Whatever comes over the wire, on both ends.</summary>
public sealed class HostilePeerTests
{
    [Fact]
    public void Random_greetings_are_refused_without_a_stream_and_logged_once()
    {
        using var rig = new ReceiverRig();
        Gen.Byte.Array[0, 400].Sample(
            bytes =>
            {
                using var socket = rig.Connect();
                socket.Send(bytes);
                socket.Shutdown(SocketShutdown.Send);
                ReceiverRig.ReadToEnd(socket);
            },
            iter: 200,
            threads: 1);

        Assert.Empty(rig.Receiver.Report().Streams);
        Assert.True(rig.Receiver.Report().Refused > 100);
        Assert.True(rig.Log.Count <= 2, string.Join('\n', rig.Log));
    }

    [Fact]
    public void Damaged_greetings_are_answered_with_a_refusal()
    {
        using var rig = new ReceiverRig();
        var hello = new byte[StreamSpec.HelloSize + StreamSpec.MaxNameBytes];
        var length = StreamSpec.WriteHello(hello, new StreamHello(new(1), "console", new(1), null));
        foreach (var (at, value) in new (int, byte)[] { (0, 0), (5, 9), (6, 0xFF), (24, 0x80), (16, 0x7F), (31, 1), (StreamSpec.HelloSize, 0xFF) })
        {
            var damaged = hello.AsSpan(0, length).ToArray();
            damaged[at] = value;
            using var socket = rig.Connect();
            socket.Send(damaged);
            var answer = new byte[StreamSpec.AnswerSize];
            Assert.Equal(answer.Length, socket.Receive(answer));
            Assert.True(StreamSpec.TryReadAnswer(answer, out var said));
            Assert.Equal(at == 5 ? StreamStatus.WrongVersion : StreamStatus.Malformed, said.Status);
            Assert.Equal(0, ReceiverRig.ReadToEnd(socket));
        }

        Assert.Empty(rig.Receiver.Report().Streams);
    }

    [Theory]
    [InlineData(0, 1, 4UL)]
    [InlineData(7, 1, 4UL)]
    [InlineData(1, 0, 4UL)]
    [InlineData(1, 65537, 4UL)]
    [InlineData(1, int.MaxValue, 4UL)]
    [InlineData(1, 4, ulong.MaxValue)]
    [InlineData(2, 4, 4UL)]
    [InlineData(3, 0, 4UL)]
    public void Frames_that_the_protocol_has_not_end_the_connection_and_change_nothing(byte kind, int length, ulong position)
    {
        using var rig = new ReceiverRig();
        using var socket = rig.Greet(1, out _);
        ReceiverRig.SendData(socket, 0, "good"u8);
        Assert.Equal(4UL, ReceiverRig.ReadFrame(socket).Value);

        var frame = new byte[StreamSpec.FrameSize + 4];
        StreamSpec.WriteFrame(frame, new StreamFrame(kind, StreamStatus.Accepted, length, position));
        socket.Send(frame);

        Assert.Equal((StreamSpec.Refusal, StreamStatus.Malformed), Said(ReceiverRig.ReadFrame(socket)));
        Assert.Equal(0, ReceiverRig.ReadToEnd(socket));
        Assert.Equal(ReceiverRig.Hash("good"u8), rig.Only().Sha256);
    }

    [Fact]
    public void A_gap_is_refused()
    {
        using var rig = new ReceiverRig();
        using var socket = rig.Greet(1, out _);
        ReceiverRig.SendData(socket, 1, "x"u8);

        Assert.Equal((StreamSpec.Refusal, StreamStatus.Gap), Said(ReceiverRig.ReadFrame(socket)));
        Assert.Equal(0, rig.Only().Bytes);
    }

    [Fact]
    public void Each_frame_of_a_superseded_writer_is_refused()
    {
        using var rig = new ReceiverRig();
        using var old = rig.Greet(1, out _);
        using var owner = rig.Greet(2, out var answer);
        ReceiverRig.SendData(owner, 0, "new"u8);
        Assert.Equal(StreamStatus.Accepted, answer.Status);

        Assert.Equal((StreamSpec.Refusal, StreamStatus.Fenced), Said(ReceiverRig.ReadFrame(old)));
        Assert.Equal(3UL, ReceiverRig.ReadFrame(owner).Value);
        Assert.Equal(ReceiverRig.Hash("new"u8), rig.Only().Sha256);
    }

    [Fact]
    public void Half_open_connections_are_bounded_and_the_receiver_goes_on()
    {
        using var rig = new ReceiverRig();
        var strangers = new List<Socket>();
        try
        {
            for (var i = 0; i < StreamReceiver.MaxStrangers + 50; i++)
                strangers.Add(rig.Connect());

            // The oldest ones are let go, so that this one is heard.
            Assert.Equal(0, ReceiverRig.ReadToEnd(strangers[0]));
            using var writer = new StreamWriter(rig.Receiver.Address);
            writer.AwaitPosition();
            Assert.True(writer.TryWriteAll(0, "x"u8, out _));

            // Those that were let go are gone when their servers have heard of it.
            Assert.True(SpinWait.SpinUntil(() => rig.Receiver.LiveConnections <= StreamReceiver.MaxStrangers + 2, StreamWriter.Patience));
        }
        finally
        {
            strangers.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public void Whatever_answers_a_writer_it_neither_throws_nor_believes_a_position_that_can_t_be() => Gen.Byte.Array[1, 200].Sample(
        bytes =>
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            using var writer = new StreamWriter((IPEndPoint)listener.LocalEndPoint!);
            using var served = listener.Accept();
            served.Send(bytes);
            served.Shutdown(SocketShutdown.Send);

            // It hangs up and comes again.
            ReceiverRig.ReadToEnd(served);
            using var again = listener.Accept();
            Assert.Null(writer.Backend.Position);
            Assert.NotEqual(BackendStatus.Done, writer.Backend.TryWriteAt(0, Encoding.ASCII.GetBytes("x")).Status);
        },
        iter: 20,
        threads: 1);

    [Theory]
    [InlineData(StreamSpec.Acknowledgement, 5UL)]
    [InlineData(StreamSpec.Data, 0UL)]
    public void An_acknowledgement_of_what_was_not_sent_ends_the_connection(byte kind, ulong value)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var writer = new StreamWriter((IPEndPoint)listener.LocalEndPoint!);
        using (var served = listener.Accept())
        {
            var words = new byte[StreamSpec.AnswerSize + StreamSpec.FrameSize];
            StreamSpec.WriteAnswer(words, new StreamAnswer(StreamStatus.Accepted, 2, default));
            StreamSpec.WriteFrame(words.AsSpan(StreamSpec.AnswerSize), new StreamFrame(kind, StreamStatus.Accepted, 0, value));
            served.Send(words);
            ReceiverRig.ReadToEnd(served);
        }

        using var again = listener.Accept();
        Assert.Equal(2, writer.Backend.Position);
    }

    private static (byte Kind, StreamStatus Status) Said(StreamFrame frame) => (frame.Kind, frame.Status);
}
