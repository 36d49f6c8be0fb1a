using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>What stands between the actors of the path in a world: every message passes the fault plane, and its send is an event of the trace.</summary>
internal sealed class SimLinks(World world) : ILinkInterceptor
{
    /// <inheritdoc/>
    public void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (world.Faults.HasLinkRules(site))
            world.Faults.AtLink(site, to, message, from);
        else
            world.Deliver(site, to, message, from, isLate: false);
    }
}
