using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>A link that was cut stays cut when everything is healed.</summary>
internal sealed class LinkRuleLeftBehind : LinkFlaw
{
    private int _messages;

    /// <inheritdoc/>
    public override string Name => "link-rule-left-behind";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["L8", "W1", "L1", "L2"];

    /// <inheritdoc/>
    public override string Source => "Chaos Mesh: experiments that get stuck or are never recovered";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output with
    {
        Budget = new PlanBudget { MaxVirtual = TimeSpan.FromMilliseconds(100) },
        Liveness = new PlanLiveness { T1 = TimeSpan.FromSeconds(1), T2 = TimeSpan.FromSeconds(1), T3 = TimeSpan.FromSeconds(1), T4 = TimeSpan.FromSeconds(2) },
    };

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (site != LinkSite.HsmComplete || ++_messages < 50)
            Inner.Send(site, to, message, from);
        else
            World.Trace.Send(new SendEvent(site, World.NumberOf(from), World.NumberOf(to), message, IsDelivered: false, IsLate: false));
    }
}
