using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>A vCPU's word that its guest took an interrupt leaves behind the exit that follows it.</summary>
internal sealed class AcceptanceBehindExit : LinkFlaw
{
    private readonly List<(LinkSite Site, IActorRef To, object Message, IActorRef From)> _held = [];

    /// <inheritdoc/>
    public override string Name => "acceptance-behind-exit";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I26"];

    /// <inheritdoc/>
    public override string Source => "Two messages of one vCPU change places";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (message is GuestHop.InterruptAccepted)
        {
            _held.Add((site, to, message, from));
            return;
        }

        Inner.Send(site, to, message, from);
        if (!ReferenceEquals(site, LinkSite.VcpuExit))
            return;
        foreach (var (heldSite, heldTo, held, heldFrom) in _held)
            Inner.Send(heldSite, heldTo, held, heldFrom);
        _held.Clear();
    }
}
