using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>From the third offer of an interrupt on, none reaches its vCPU.</summary>
internal sealed class OfferForgotten : LinkFlaw
{
    /// <inheritdoc/>
    public override string Name => "offer-forgotten";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["L7"];

    /// <inheritdoc/>
    public override string Source => "An interrupt that is pending in the virtual APIC and is never delivered";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (message is not GuestHop.InterruptDelivery { Sequence: >= 3 })
            Inner.Send(site, to, message, from);
    }
}
