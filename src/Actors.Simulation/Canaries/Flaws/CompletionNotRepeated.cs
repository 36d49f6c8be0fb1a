using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>One completion is lost, and never sent again: its slot leaks.</summary>
internal sealed class CompletionNotRepeated : LinkFlaw
{
    /// <inheritdoc/>
    public override string Name => "completion-not-repeated";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["L2"];

    /// <inheritdoc/>
    public override string Source => "ACRN: NOTIFY_REQUEST_FINISH is lost and the slot stays COMPLETE";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (message is not UpcallHop.RequestFinished { Sequence: 20 })
            Inner.Send(site, to, message, from);
    }
}
