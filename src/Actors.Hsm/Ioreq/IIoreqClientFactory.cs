using Actors.Protocol;
using Akka.Actor;

namespace Actors.Hsm;

/// <summary>Adds clients of your own to every VM. They are searched before the ioeventfd client and the default client, the last one first.</summary>
public interface IIoreqClientFactory
{
    /// <summary>The clients of a VM, at most <see cref="HsmSpec.MaxClients"/> - 1; empty for none.</summary>
    /// <param name="spec">The VM.</param>
    /// <param name="hsm">The VM's HSM actor, which takes <see cref="IoreqClientDone"/>.</param>
    IReadOnlyList<IoreqClientDefinition> CreateClients(VmSpec spec, IActorRef hsm);
}
