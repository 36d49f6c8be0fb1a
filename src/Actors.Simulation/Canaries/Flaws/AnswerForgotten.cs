using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>The slot is FREE again, and its vCPU is not told.</summary>
internal sealed class AnswerForgotten : LinkFlaw
{
    /// <inheritdoc/>
    public override string Name => "answer-forgotten";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I6"];

    /// <inheritdoc/>
    public override string Source => "A finished request whose vCPU nobody wakes";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (message is not GuestHop.IoCompletion { Sequence: 20 })
            Inner.Send(site, to, message, from);
    }
}
