using System.Net.Sockets;
using System.Threading.Channels;

namespace Actors.Cluster;

/// <summary>
/// One direction of a proxied connection: reads pieces, lets each be as late as the way has it, writes them in order. A way that is cut holds everything back, the end of
/// the connection too, as a network does of which nothing comes any more. At most <see cref="MaxPieces"/> pieces wait here, then the sender's own buffers fill.
/// </summary>
internal sealed class ProxyPipe(Socket from, Socket to, FaultyWay way, TimeProvider clock)
{
    /// <summary>Bytes of a piece, at most.</summary>
    public const int PieceBytes = 16 * 1024;

    /// <summary>Bytes that a slow way gets at once.</summary>
    public const int SlowBytes = 1024;

    /// <summary>Pieces that wait.</summary>
    public const int MaxPieces = 64;

    private readonly Channel<Piece> _pieces = Channel.CreateBounded<Piece>(new BoundedChannelOptions(MaxPieces) { SingleReader = true, SingleWriter = true });

    /// <summary>Passes on until the sender ends or a side breaks.</summary>
    /// <param name="first">What was read already.</param>
    /// <param name="stop">Ends it at once.</param>
    public Task RunAsync(byte[] first, CancellationToken stop) => Task.WhenAll(ReadAsync(first, stop), WriteAsync(stop));

    private async Task ReadAsync(byte[] first, CancellationToken stop)
    {
        try
        {
            if (first.Length > 0)
                await _pieces.Writer.WriteAsync(Taken(first), stop).ConfigureAwait(false);
            var buffer = new byte[PieceBytes];
            while (true)
            {
                var count = await from.ReceiveAsync(buffer, stop).ConfigureAwait(false);
                if (count == 0)
                    break;
                await _pieces.Writer.WriteAsync(Taken(buffer.AsSpan(0, count).ToArray()), stop).ConfigureAwait(false);
            }
        }
        finally
        {
            _pieces.Writer.TryComplete();
        }
    }

    private async Task WriteAsync(CancellationToken stop)
    {
        await foreach (var piece in _pieces.Reader.ReadAllAsync(stop).ConfigureAwait(false))
        {
            await way.Open.WaitAsync(stop).ConfigureAwait(false);
            var wait = piece.Due - clock.GetElapsedTime(0);

            // The edge: to be late is what a slow network does. Tests have a clock of their own.
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, clock, stop).ConfigureAwait(false);
            await WriteAsync(piece, stop).ConfigureAwait(false);
        }

        await way.Open.WaitAsync(stop).ConfigureAwait(false);
        to.Shutdown(SocketShutdown.Send);
    }

    private async Task WriteAsync(Piece piece, CancellationToken stop)
    {
        for (var rest = (ReadOnlyMemory<byte>)piece.Bytes; !rest.IsEmpty;)
        {
            var rate = piece.BytesPerSecond == 0 ? 0 : way.Pass(0).BytesPerSecond;
            var some = rest[..(rate == 0 ? rest.Length : Math.Min(rest.Length, SlowBytes))];
            await way.Open.WaitAsync(stop).ConfigureAwait(false);
            for (var left = some; !left.IsEmpty;)
                left = left[await to.SendAsync(left, stop).ConfigureAwait(false)..];
            rest = rest[some.Length..];

            // As above: this is how long the bytes take on a slow way.
            if (rate > 0)
                await Task.Delay(TimeSpan.FromSeconds(some.Length / (double)rate), clock, stop).ConfigureAwait(false);
        }
    }

    private Piece Taken(byte[] bytes)
    {
        var pass = way.Pass(bytes.Length);
        if (pass.FlippedBit >= 0)
            bytes[pass.FlippedBit / 8] ^= (byte)(1 << (pass.FlippedBit % 8));
        return new Piece(bytes, clock.GetElapsedTime(0) + pass.Delay, pass.BytesPerSecond);
    }

    private readonly record struct Piece(byte[] Bytes, TimeSpan Due, long BytesPerSecond);
}
