using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>A repeated answer is another answer.</summary>
internal sealed class RepeatedAnswerDiffers : LinkFlaw
{
    /// <inheritdoc/>
    public override string Name => "repeated-answer-differs";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I5"];

    /// <inheritdoc/>
    public override string Source => "A read is carried out once more when its answer was lost, and gives another value";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        Inner.Send(site, to, message, from);
        if (message is GuestHop.IoCompletion { Sequence: 20 } completion)
            Inner.Send(site, to, completion with { Value = completion.Value ^ 1 }, from);
    }
}
