using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>A doorbell's signal reaches the queue that was kicked first.</summary>
internal sealed class KickOfAnotherQueue : LinkFlaw
{
    private ulong _first;

    /// <inheritdoc/>
    public override string Name => "kick-of-another-queue";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I17"];

    /// <inheritdoc/>
    public override string Source => "ACRN: an asyncio doorbell forgets its data match, so every kick reaches the first queue";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (message is DispatchHop.DoorbellSignal signal)
        {
            if (_first == 0)
                _first = signal.Cookie;
            message = signal with { Cookie = _first };
        }

        Inner.Send(site, to, message, from);
    }
}
