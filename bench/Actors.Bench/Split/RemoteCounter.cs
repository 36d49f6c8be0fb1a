using Actors.Protocol;
using Akka.Actor;

namespace Actors.Bench;

/// <summary>Stands on every link of a node and counts what leaves it: messages to another actor system.</summary>
internal sealed class RemoteCounter : ILinkInterceptor
{
    private long _messages;
    private long _exchanges;
    private long _bytes;
    private HyperionWireSerializer? _scale;

    /// <summary>Messages that left.</summary>
    public long Messages => Interlocked.Read(ref _messages);

    /// <summary>Those of them that ask for guest RAM; each is one DMA round trip.</summary>
    public long Exchanges => Interlocked.Read(ref _exchanges);

    /// <summary>Size of what left while there was a scale, without addresses and frames.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Weighs messages; null, as when time is taken, to count only.</summary>
    public void Weigh(HyperionWireSerializer? scale) => Volatile.Write(ref _scale, scale);

    /// <inheritdoc/>
    public void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (to is IActorRefScope { IsLocal: false })
        {
            Interlocked.Increment(ref _messages);
            if (message is MemoryHop.Exchange)
                Interlocked.Increment(ref _exchanges);
            if (Volatile.Read(ref _scale) is { } scale)
                Interlocked.Add(ref _bytes, scale.ToBinary(message).Length);
        }

        to.Tell(message, from);
    }
}
