using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>From the third interrupt of a device on, the HSM passes none on.</summary>
internal sealed class InterruptLostInHsm : LinkFlaw
{
    /// <inheritdoc/>
    public override string Name => "interrupt-lost-in-hsm";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["L7"];

    /// <inheritdoc/>
    public override string Source => "An edge that is lost on its way and not kept by its sender";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (message is not InterruptHop.InjectMsi { Sequence: >= 3 } || !ReferenceEquals(site, LinkSite.IrqInject))
            Inner.Send(site, to, message, from);
    }
}
