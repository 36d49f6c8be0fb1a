using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>The vCPU is woken while the client still works: its slot goes to FREE without having been COMPLETE.</summary>
internal sealed class WakeUpWithoutCompletion : LinkFlaw
{
    /// <inheritdoc/>
    public override string Name => "wake-up-without-completion";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I3"];

    /// <inheritdoc/>
    public override string Source => "ACRN: a spurious wake-up lets the vCPU run on with its slot not FREE";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        Inner.Send(site, to, message, from);
        if (message is UpcallHop.Upcall { Request.Sequence: 20 } upcall)
            Inner.Send(LinkSite.HsmComplete, from, new UpcallHop.RequestFinished(upcall.Vm, upcall.Epoch, upcall.Request.Vcpu, upcall.Request.Sequence, 0), to);
    }
}
