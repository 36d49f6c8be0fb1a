using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>Links go past the fault plane: no fault ever fires.</summary>
internal sealed class NothingInjected : LinkFlaw
{
    /// <inheritdoc/>
    public override string Name => "nothing-injected";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I31"];

    /// <inheritdoc/>
    public override string Source => "F90: the injector stops injecting";

    /// <inheritdoc/>
    public override Plan Plan => FlawPlans.Console().With(new FaultRule { Id = "lost", Row = "F13", Site = LinkSite.HsmUpcall.Name, Do = "drop", Probability = 0.05 });

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        World.Deliver(site, to, message, from, isLate: false);
    }
}
