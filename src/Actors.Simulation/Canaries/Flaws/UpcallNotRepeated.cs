using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>One request's upcall is lost, and never raised again.</summary>
internal sealed class UpcallNotRepeated : LinkFlaw
{
    /// <inheritdoc/>
    public override string Name => "upcall-not-repeated";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["L1"];

    /// <inheritdoc/>
    public override string Source => "ACRN: a lost upcall or completion blocks the vCPU for ever";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (message is not UpcallHop.Upcall { Request.Sequence: 20 })
            Inner.Send(site, to, message, from);
    }
}
