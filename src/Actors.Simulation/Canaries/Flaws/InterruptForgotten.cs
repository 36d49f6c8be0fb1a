using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>Every third interrupt of a device is never sent, however often it is due.</summary>
internal sealed class InterruptForgotten : LinkFlaw
{
    /// <inheritdoc/>
    public override string Name => "interrupt-forgotten";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I14"];

    /// <inheritdoc/>
    public override string Source => "Firecracker #5969 and its like: the used index moves, and no interrupt follows";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (message is not InterruptHop.InjectMsi msi || !ReferenceEquals(site, LinkSite.IrqRaise) || msi.Sequence % 3 != 0)
            Inner.Send(site, to, message, from);
    }
}
