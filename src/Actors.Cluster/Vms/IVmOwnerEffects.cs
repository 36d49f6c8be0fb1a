using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <summary>What the owner of a VM makes happen.</summary>
internal interface IVmOwnerEffects
{
    /// <summary>Asks for a token higher than any before, and than these two. It comes by <see cref="VmOwner.Take(FencingToken)"/>, for a machine that runs by <see cref="VmOwner.Raised"/>.</summary>
    /// <param name="above">The VM's, or another owner's before.</param>
    /// <param name="seen">What a backend remembers beyond that, or none.</param>
    void AskToken(FencingToken above, FencingToken seen = default);

    /// <summary>The backends of the machine that was launched with a token go on with a higher one.</summary>
    void Raise(FencingToken machine, FencingToken fence);

    /// <summary>For a person.</summary>
    void Say(string sentence);

    /// <summary>Makes the machine.</summary>
    void Launch(VmSpec spec, VmPlacement placement, FencingToken fence);

    /// <summary>Ends the machine in order.</summary>
    void StopMachine();

    /// <summary>host:port of the node with the service side.</summary>
    string ServiceNode { get; }

    /// <summary>Puts this into the ledger.</summary>
    /// <param name="entry">What.</param>
    /// <param name="isAnswered">It is to be said when other nodes know it (<see cref="VmOwner.Recorded"/>), or that they know something later (<see cref="VmOwner.Outdated"/>).</param>
    void Record(VmEntry entry, bool isAnswered);

    /// <summary>Says something to somebody.</summary>
    void Tell(IActorRef to, object message);

    /// <summary>Nothing is left to do here.</summary>
    void Leave();
}
