using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>What stands between the actors of the path in a world: every message passes the fault plane, and its send is an event of the trace.</summary>
internal sealed class SimLinks(World world) : ILateLinks
{
    /// <inheritdoc/>
    public void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (world.Faults.HasLinkRules(site))
            world.Faults.AtLink(site, to, message, from);
        else
            world.Deliver(site, to, message, from, isLate: false);
    }

    /// <inheritdoc/>
    public void Withhold(LinkSite site, IActorRef to, object message, IActorRef from) => world.Withhold(site, to, message, from);

    /// <inheritdoc/>
    public void SendLate(LinkSite site, IActorRef to, object message, IActorRef from) => world.Deliver(site, to, message, from, isLate: true);
}

/// <summary>Links on which a message may come later than it was sent, or not at all; both are events of the trace.</summary>
internal interface ILateLinks : ILinkInterceptor
{
    /// <summary>The message doesn't come now.</summary>
    void Withhold(LinkSite site, IActorRef to, object message, IActorRef from);

    /// <summary>A message that was withheld comes, or a copy of one that came.</summary>
    void SendLate(LinkSite site, IActorRef to, object message, IActorRef from);
}
