using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>Parts of a VM in whose place a test may put a variant (<see cref="RoomVariants"/>).</summary>
internal class HsmParts
{
    /// <summary>The room's own parts.</summary>
    public static readonly HsmParts Own = new();

    /// <summary>Makes the clients' list.</summary>
    public virtual IoreqClients MakeClients() => new();

    /// <summary>Makes the service's half of the I/O request page.</summary>
    public virtual ServicePage MakePage(int vcpus, VmId vm, PathTrace? trace) => new(vcpus, vm, trace);
}
