using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>The device model's actor of a VM throws once in the middle of its work.</summary>
internal sealed class CrashOutOfNowhere : LinkFlaw
{
    private int _answers;

    /// <inheritdoc/>
    public override string Name => "crash-out-of-nowhere";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["L6"];

    /// <inheritdoc/>
    public override string Source => "A defect that supervision hides: the actor is restarted and nobody asks why";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (ReferenceEquals(site, LinkSite.DmComplete) && ++_answers == 10)
            throw new InvalidOperationException("out of nowhere");
        Inner.Send(site, to, message, from);
    }
}
