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
    private long _reached;

    /// <summary>The chain that is read now, or null.</summary>
    public DescriptorChain? Current { get; set; }

    /// <summary>Stream bytes given to the port in this epoch.</summary>
    public long Sent { get; private set; }

    /// <summary>Stream bytes that the port accepted; after a restart it may be ahead of what was read again.</summary>
    public long Accepted { get; private set; }

    /// <summary>Where in the stream the first chain begins that is not used: where a restart reads on.</summary>
    public long Completed { get; private set; }

    /// <summary>The furthest that anything of this epoch was ever sent; after a restart that is ahead of <see cref="Sent"/>.</summary>
    public long Reached => Math.Max(Sent, _reached);

    /// <summary>Bytes of used chains that went to nobody.</summary>
    public long SentToNobody { get; private set; }

    /// <summary>True when the port owes an answer.</summary>
    public bool IsOutstanding => Sent > Accepted;

    /// <summary>Bytes that may still go before the window is full.</summary>
    public int Room => (int)(VirtioConsole.WindowBytes - Math.Max(0, Sent + _filled - Accepted));

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
            // What came together from another node goes together.
            var wanted = (int)Math.Min(Current!.ReadableLeft + (uint)Current.BytesBehind, VirtioConsole.MessageBytes);
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
    /// <param name="chain">The chain.</param>
    /// <param name="toNobody">Bytes of it that go to nobody.</param>
    public void Await(DescriptorChain chain, long toNobody = 0) =>
        (_chains ??= new Queue<ChainEnd>()).Enqueue(new ChainEnd(chain, Sent + _filled, toNobody));

    /// <summary>The batch, as a message for the port, or null when it is empty.</summary>
    /// <param name="epoch">Of the port.</param>
    /// <param name="incarnation">Of the device.</param>
    public PortHop.Write? TakeBatch(uint epoch, int incarnation)
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

        var write = new PortHop.Write(epoch, Sent, bytes, _filled, incarnation);
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
        if (accepted <= Accepted)
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
            (chain, Completed, var toNobody) = _chains.Dequeue();
            SentToNobody += toNobody;
            return true;
        }

        chain = null!;
        return false;
    }

    /// <summary>Messages with something at <paramref name="received"/> or behind, to be sent again. After a restart the port may have a part of one.</summary>
    public IEnumerable<PortHop.Write> From(long received)
    {
        foreach (var write in _messages ?? [])
        {
            if (write.Offset + write.Length > received)
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
        Completed = 0;
        _reached = 0;
    }

    /// <summary>A restart: the stream goes on with the first chain that is not used.</summary>
    /// <param name="completed">Where that is.</param>
    /// <param name="sentToNobody">As <see cref="SentToNobody"/>.</param>
    /// <param name="reached">As <see cref="Reached"/>.</param>
    public void Restore(long completed, long sentToNobody, long reached = 0)
    {
        _reached = reached;
        Sent = completed;
        Accepted = completed;
        Completed = completed;
        SentToNobody = sentToNobody;
    }

    private readonly record struct ChainEnd(DescriptorChain Chain, long End, long ToNobody);
}
