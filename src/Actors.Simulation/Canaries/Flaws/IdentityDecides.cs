using Actors.Protocol;
using Akka.Actor;
using System.Runtime.CompilerServices;

namespace Actors.Simulation;

/// <summary>Whether an upcall comes twice depends on where in memory it happens to be.</summary>
internal sealed class IdentityDecides : LinkFlaw
{
    /// <inheritdoc/>
    public override string Name => "identity-decides";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I30"];

    /// <inheritdoc/>
    public override string Source => "A decision taken from an object's identity, as by a hash table's order";

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        Inner.Send(site, to, message, from);
#pragma warning disable RS0030 // That it differs is what this flaw is for.
        if (message is UpcallHop.Upcall && (RuntimeHelpers.GetHashCode(message) & 3) == 0)
#pragma warning restore RS0030
            Inner.Send(site, to, message, from);
    }
}
