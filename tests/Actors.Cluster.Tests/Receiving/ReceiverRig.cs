using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Actors.DeviceModel;

namespace Actors.Cluster.Tests;

/// <summary>A receiver at a port of the machine, for a test's time.</summary>
internal sealed class ReceiverRig : IDisposable
{
    public ReceiverRig(StreamOutput? output = null, int port = 0, bool synchronize = false) =>
        Receiver = StreamReceiver.Start(new IPEndPoint(IPAddress.Loopback, port), output ?? StreamOutput.Nowhere(), synchronize, Log.Enqueue);

    public StreamReceiver Receiver { get; }

    public ConcurrentQueue<string> Log { get; } = [];

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public StreamReport Only() => Assert.Single(Receiver.Report().Streams);

    /// <summary>A raw connection.</summary>
    public Socket Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)StreamWriter.Patience.TotalMilliseconds };
        socket.Connect(Receiver.Address);
        return socket;
    }

    /// <summary>A raw connection that has greeted.</summary>
    public Socket Greet(ulong token, out StreamAnswer answer, int vm = 1, string port = "console", long? position = null)
    {
        var socket = Connect();
        var hello = new byte[StreamSpec.HelloSize + StreamSpec.MaxNameBytes];
        var length = StreamSpec.WriteHello(hello, new StreamHello(new(vm), port, new(token), position));
        socket.Send(hello.AsSpan(0, length));
        var word = new byte[StreamSpec.AnswerSize];
        Fill(socket, word);
        Assert.True(StreamSpec.TryReadAnswer(word, out answer));
        return socket;
    }

    public static void SendData(Socket socket, long position, ReadOnlySpan<byte> data)
    {
        var frame = new byte[StreamSpec.FrameSize + data.Length];
        StreamSpec.WriteFrame(frame, new StreamFrame(StreamSpec.Data, StreamStatus.Accepted, data.Length, (ulong)position));
        data.CopyTo(frame.AsSpan(StreamSpec.FrameSize));
        socket.Send(frame);
    }

    public static StreamFrame ReadFrame(Socket socket)
    {
        var word = new byte[StreamSpec.FrameSize];
        Fill(socket, word);
        Assert.True(StreamSpec.TryReadFrame(word, out var frame));
        return frame;
    }

    /// <summary>Reads until the receiver hangs up.</summary>
    public static int ReadToEnd(Socket socket)
    {
        var buffer = new byte[1024];
        var total = 0;
        try
        {
            while (socket.Receive(buffer) is var count and > 0)
                total += count;
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
        }

        return total;
    }

    public void Dispose() => Receiver.Dispose();

    private static void Fill(Socket socket, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            var count = socket.Receive(target);
            Assert.NotEqual(0, count);
            target = target[count..];
        }
    }
}
