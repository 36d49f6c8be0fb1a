using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>Virtual time goes back once.</summary>
internal sealed class TimeGoesBack : LinkFlaw
{
    private int _messages;

    /// <inheritdoc/>
    public override string Name => "time-goes-back";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I28"];

    /// <inheritdoc/>
    public override string Source => "A timer that sets the clock to when it was due";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        Inner.Send(site, to, message, from);
        if (++_messages == 100)
            World.Host.Scheduler.SetBack(1);
    }
}
