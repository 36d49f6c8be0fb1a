using Actors.Protocol;
using Akka.Actor;

namespace Actors.Bench;

/// <summary>Stands on every link of a node and counts what leaves it: messages to another actor system. For VMs 1 to n with one device each.</summary>
internal sealed class RemoteCounter(int vms) : ILinkInterceptor
{
    // Each is touched by its VM's device only.
    private readonly ulong[] _last = new ulong[vms + 1];
    private long _messages;
    private long _exchanges;
    private long _repeats;
    private long _bytes;
    private HyperionWireSerializer? _scale;

    /// <summary>Messages that left.</summary>
    public long Messages => Interlocked.Read(ref _messages);

    /// <summary>Those of them that ask for guest RAM, each once: DMA round trips.</summary>
    public long Exchanges => Interlocked.Read(ref _exchanges);

    /// <summary>Exchanges that were sent again, before their answer came.</summary>
    public long Repeats => Interlocked.Read(ref _repeats);

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
            if (message is MemoryHop.Exchange exchange)
                Interlocked.Increment(ref IsRepeat(exchange) ? ref _repeats : ref _exchanges);
            if (Volatile.Read(ref _scale) is { } scale)
                Interlocked.Add(ref _bytes, scale.ToBinary(message).Length);
        }

        to.Tell(message, from);
    }

    private bool IsRepeat(MemoryHop.Exchange exchange)
    {
        ref var last = ref _last[exchange.Vm.Value];
        var isRepeat = exchange.Sequence == last;
        last = exchange.Sequence;
        return isRepeat;
    }
}
