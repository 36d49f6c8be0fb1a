using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Actors.DeviceModel;

namespace Actors.Cluster;

/// <summary>Serves one connection of a receiver, from the greeting to the end: reads what is there when it is there, has its stream take it, and acknowledges.</summary>
/// <param name="peer">The other end.</param>
/// <param name="from">Where it is.</param>
/// <param name="door">Knows who has greeted.</param>
/// <param name="streams">Where streams are.</param>
/// <param name="refusals">Where refusals are counted.</param>
/// <param name="synchronize">True: acknowledged is what is on the disk.</param>
internal sealed class StreamService(StreamPeer peer, EndPoint? from, ReceiverDoor door, ReceivedStreams streams, ReceiverRefusals refusals, bool synchronize)
{
    private const int AcknowledgeEvery = 128 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Serves until one of both hangs up.</summary>
    public async Task RunAsync()
    {
        ReceivedStream? stream = null;
        try
        {
            stream = await GreetAsync().ConfigureAwait(false);
            if (stream is not null)
                await TakeAsync(stream).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The other end, or the receiver, has gone.
        }
        finally
        {
            stream?.Leave(peer);
        }
    }

    private async Task<ReceivedStream?> GreetAsync()
    {
        var buffer = new byte[StreamSpec.HelloSize];
        if (!await peer.FillAsync(buffer).ConfigureAwait(false))
            return null;
        if (!StreamSpec.TryReadHello(buffer, out var hello, out var nameLength, out var version))
            return Refuse(StreamStatus.Malformed, "greeting", $"{from} said something that is no greeting of a stream");
        if (version != StreamSpec.Version)
            return Refuse(StreamStatus.WrongVersion, "version", $"{from} speaks version {version} of the stream protocol, this is version {StreamSpec.Version}");

        var name = new byte[nameLength];
        if (!await peer.FillAsync(name).ConfigureAwait(false))
            return null;
        try
        {
            hello = hello with { Port = Strict.GetString(name) };
        }
        catch (DecoderFallbackException)
        {
            return Refuse(StreamStatus.Malformed, "greeting", $"{from} named a port in something that is no UTF-8");
        }

        door.Greeted(peer);
        peer.Deadline = null;
        if (streams.FindOrOpen(hello, out var problem) is not { } stream)
            return Refuse(StreamStatus.Busy, "store", problem!);

        var answer = stream.Greet(peer, hello);
        if (answer.Status == StreamStatus.Storage)
            refusals.Turn("storage", $"{hello.Vm}/{hello.Port}: {stream.Report().Problem}");
        else if (answer.Status == StreamStatus.Fenced)
            refusals.Turn("fenced", $"{from} wanted to go on with {hello.Vm}/{hello.Port} with {hello.Fence}, which has been taken over with {answer.Fence}");
        else if (answer.Status != StreamStatus.Accepted)
            refusals.Turn("gap", $"{from} wanted to go on with {hello.Vm}/{hello.Port} at {hello.Position}, and only {answer.Position} bytes of it are here");
        peer.Answer(answer);
        return answer.Status == StreamStatus.Accepted ? stream : null;
    }

    private async Task TakeAsync(ReceivedStream stream)
    {
        var header = new byte[StreamSpec.FrameSize];
        var unacknowledged = 0;
        while (await NextAsync(header).ConfigureAwait(false))
        {
            if (!StreamSpec.TryReadFrame(header, out var frame) || frame.Kind is not (StreamSpec.Data or StreamSpec.End))
            {
                refusals.Turn("frame", $"{from} sent something that is no frame of a stream, within {stream.Vm}/{stream.Port}");
                peer.TryRefuse(StreamStatus.Malformed, 0);
                return;
            }

            if (frame.Kind == StreamSpec.End)
            {
                var (ended, value) = stream.End(peer, (long)frame.Value);
                if (ended == StreamStatus.Accepted)
                    TryAcknowledge(stream);
                else
                    RefuseWithin(stream, ended, value);
                return;
            }

            for (var left = frame.Length; left > 0;)
            {
                var (status, value, count) = await TakePieceAsync(stream, (long)frame.Value + frame.Length - left, left).ConfigureAwait(false);
                if (status != StreamStatus.Accepted)
                {
                    RefuseWithin(stream, status, value);
                    return;
                }

                if (count == 0)
                    return;
                left -= count;
                unacknowledged += count;
                if (unacknowledged < AcknowledgeEvery && (left > 0 || peer.HasMore))
                    continue;
                unacknowledged = 0;
                if (!TryAcknowledge(stream))
                    return;
            }
        }
    }

    /// <summary>Reads what stands before a frame. Between frames a writer may be silent; within one it may not.</summary>
    private async ValueTask<bool> NextAsync(byte[] header)
    {
        peer.Deadline = null;
        if (!await peer.FillAsync(header.AsMemory(0, 1)).ConfigureAwait(false))
            return false;
        peer.Deadline = ReceiverDoor.Now() + StreamReceiver.PatienceMilliseconds;
        return await peer.FillAsync(header.AsMemory(1)).ConfigureAwait(false);
    }

    private async ValueTask<(StreamStatus Status, ulong Value, int Count)> TakePieceAsync(ReceivedStream stream, long position, int most)
    {
        while (true)
        {
            var there = await peer.WaitAsync().ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(Math.Clamp(there, 1, most));
            try
            {
                if (peer.Read(buffer.AsSpan(0, Math.Min(buffer.Length, most))) is not { } count)
                    continue;
                if (count == 0)
                    return (StreamStatus.Accepted, 0, 0);
                peer.Deadline = ReceiverDoor.Now() + StreamReceiver.PatienceMilliseconds;
                var (status, value) = stream.Take(peer, position, buffer.AsSpan(0, count));
                return (status, value, count);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>Says how much is kept for good; false when nothing more can be taken of this peer.</summary>
    private bool TryAcknowledge(ReceivedStream stream)
    {
        if (stream.Secure(synchronize) is not { } position)
        {
            RefuseWithin(stream, StreamStatus.Storage, 0);
            return false;
        }

        Span<byte> word = stackalloc byte[StreamSpec.FrameSize];
        StreamSpec.WriteFrame(word, new StreamFrame(StreamSpec.Acknowledgement, StreamStatus.Accepted, 0, (ulong)position));
        return peer.TrySay(word);
    }

    private void RefuseWithin(ReceivedStream stream, StreamStatus status, ulong value)
    {
        refusals.Turn(status.ToString(), $"{stream.Vm}/{stream.Port}: {(status == StreamStatus.Storage ? stream.Report().Problem : $"{from} was refused ({status})")}");
        peer.TryRefuse(status, value);
    }

    private ReceivedStream? Refuse(StreamStatus status, string kind, string sentence)
    {
        refusals.Turn(kind, sentence);
        peer.Answer(new StreamAnswer(status, 0, default));
        return null;
    }
}
