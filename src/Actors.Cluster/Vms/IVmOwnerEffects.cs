using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <summary>What the owner of a VM makes happen.</summary>
internal interface IVmOwnerEffects
{
    /// <summary>Asks for a token higher than any before, and than this one.</summary>
    void AskToken(FencingToken above);

    /// <summary>Makes the machine.</summary>
    void Launch(VmSpec spec, VmPlacement placement, FencingToken fence);

    /// <summary>Ends the machine in order.</summary>
    void StopMachine();

    /// <summary>host:port of the node with the service side.</summary>
    string ServiceNode { get; }

    /// <summary>Puts this into the ledger; for <see cref="VmEntryState.Owned"/> it is said when other nodes know it.</summary>
    void Record(VmEntry entry);

    /// <summary>Says something to somebody.</summary>
    void Tell(IActorRef to, object message);

    /// <summary>Nothing is left to do here.</summary>
    void Leave();
}
