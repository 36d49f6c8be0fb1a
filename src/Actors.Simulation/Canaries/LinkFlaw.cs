using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>A flaw that shows in what an actor sends: it stands between the actor and its links, so that the trace sees what the flawed actor does.</summary>
internal abstract class LinkFlaw : Flaw, ILinkInterceptor
{
    /// <summary>The world.</summary>
    protected World World { get; private set; } = null!;

    /// <summary>The links.</summary>
    protected ILinkInterceptor Inner { get; private set; } = null!;

    /// <inheritdoc/>
    public override Plan Plan => FlawPlans.Console(CaughtBy[0]);

    /// <inheritdoc/>
    public override ILinkInterceptor Links(World world, ILinkInterceptor links)
    {
        World = world;
        Inner = links;
        return this;
    }

    /// <inheritdoc/>
    public abstract void Send(LinkSite site, IActorRef to, object message, IActorRef from);
}
