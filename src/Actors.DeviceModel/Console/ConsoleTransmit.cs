using System.Buffers;

namespace Actors.DeviceModel;

/// <summary>
/// A port's transmit side. Readable bytes of chains make one stream; the stream goes to the port in messages (many small chains in one, a huge
/// chain in several); a chain comes back to the guest, in order, when the port accepted the stream up to its end.
/// At most <see cref="VirtioConsole.WindowBytes"/> of the stream are on their way.
/// </summary>
internal sealed class ConsoleTransmit
{
    private const int FirstMessage = 4 * 1024;

    private Queue<ChainEnd>? _chains;
    private Queue<PortHop.Write>? _messages;
    private byte[]? _batch;
    private int _batchSize;
    private int _filled;
    private int _nextSize = FirstMessage;

    /// <summary>The chain that is read now, or null.</summary>
    public DescriptorChain? Current { get; set; }

    /// <summary>Stream bytes given to the port in this epoch.</summary>
    public long Sent { get; private set; }

    /// <summary>Stream bytes that the port accepted.</summary>
    public long Accepted { get; private set; }

    /// <summary>True when the port owes an answer.</summary>
    public bool IsOutstanding => Sent > Accepted;

    /// <summary>Bytes that may still go before the window is full.</summary>
    public int Room => (int)(VirtioConsole.WindowBytes - (Sent + _filled - Accepted));

    /// <summary>True when the batch has no room left.</summary>
    public bool IsBatchFull => _batch is not null && _filled == _batchSize;

    /// <summary>Reads on from the current chain. 0: nothing was read (window or batch full, or the chain is at its end); -1: memory refused.</summary>
    public int ReadCurrent()
    {
        var room = Room;
        if (room <= 0 || IsBatchFull)
            return 0;
        if (_batch is null)
        {
            // Sized by what was needed before, doubled as long as it goes on: small for a line of text, large for a stream.
            var wanted = (int)Math.Min(Current!.ReadableLeft, VirtioConsole.MessageBytes);
            _batchSize = Math.Min(Math.Max(_nextSize, wanted), VirtioConsole.MessageBytes);
            _nextSize = Math.Min(_batchSize * 2, VirtioConsole.MessageBytes);
            _batch = ArrayPool<byte>.Shared.Rent(_batchSize);
            _filled = 0;
        }

        var count = Current!.Read(_batch.AsSpan(_filled, Math.Min(_batchSize - _filled, room)));
        if (count > 0)
            _filled += count;
        return count;
    }

    /// <summary>The chain is read (or has nothing to be read): it comes back when the stream so far is accepted.</summary>
    public void Await(DescriptorChain chain) => (_chains ??= new Queue<ChainEnd>()).Enqueue(new ChainEnd(chain, Sent + _filled));

    /// <summary>The batch, as a message for the port, or null when it is empty.</summary>
    public PortHop.Write? TakeBatch(uint epoch)
    {
        if (_batch is null)
            return null;
        var bytes = _batch;
        _batch = null;
        if (_filled == 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
            return null;
        }

        var write = new PortHop.Write(epoch, Sent, bytes, _filled);
        (_messages ??= new Queue<PortHop.Write>()).Enqueue(write);
        Sent += _filled;
        _filled = 0;
        return write;
    }

    /// <summary>A pump is over: the next one begins small again.</summary>
    public void EndBatches() => _nextSize = FirstMessage;

    /// <summary>The port accepted the stream up to here.</summary>
    public void Accept(long accepted)
    {
        if (accepted <= Accepted || accepted > Sent)
            return;
        Accepted = accepted;
        while (_messages is { Count: > 0 } && _messages.Peek() is var write && write.Offset + write.Length <= accepted)
        {
            _messages.Dequeue();
            ArrayPool<byte>.Shared.Return(write.Bytes);
        }
    }

    /// <summary>The next chain whose bytes are accepted.</summary>
    public bool TryComplete(out DescriptorChain chain)
    {
        if (_chains is { Count: > 0 } && _chains.Peek().End <= Accepted)
        {
            chain = _chains.Dequeue().Chain;
            return true;
        }

        chain = null!;
        return false;
    }

    /// <summary>Messages that begin at <paramref name="received"/> or behind, to be sent again.</summary>
    public IEnumerable<PortHop.Write> From(long received)
    {
        foreach (var write in _messages ?? [])
        {
            if (write.Offset >= received)
                yield return write;
        }
    }

    /// <summary>A new epoch. The port may still look at the buffers of the old one: they are left to the collector, not to the pool.</summary>
    public void Reset()
    {
        _chains = null;
        _messages = null;
        _batch = null;
        _filled = 0;
        _nextSize = FirstMessage;
        Current = null;
        Sent = 0;
        Accepted = 0;
    }

    private readonly record struct ChainEnd(DescriptorChain Chain, long End);
}
