using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>Each interrupt of a device is two.</summary>
internal sealed class InterruptTwice : LinkFlaw
{
    /// <inheritdoc/>
    public override string Name => "interrupt-twice";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I15"];

    /// <inheritdoc/>
    public override string Source => "One interrupt for the chain and one more for the batch";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        switch (message)
        {
            case InterruptHop.InjectMsi msi when ReferenceEquals(site, LinkSite.IrqRaise):
                var oldest = msi.Oldest == 0 ? 0 : (2 * msi.Oldest) - 1;
                Inner.Send(site, to, msi with { Sequence = (2 * msi.Sequence) - 1, Oldest = oldest }, from);
                Inner.Send(site, to, msi with { Sequence = 2 * msi.Sequence, Oldest = oldest }, from);
                break;
            case InterruptHop.InterruptSeen seen when ReferenceEquals(site, LinkSite.IrqAcknowledge):
                Inner.Send(site, to, seen with { Sequence = seen.Sequence / 2 }, from);
                break;
            default:
                Inner.Send(site, to, message, from);
                break;
        }
    }
}
