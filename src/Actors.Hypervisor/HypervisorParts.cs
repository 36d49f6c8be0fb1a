using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>Parts of a VM in whose place a test may put a variant (<see cref="RoomVariants"/>).</summary>
internal class HypervisorParts
{
    /// <summary>The room's own parts.</summary>
    public static readonly HypervisorParts Own = new();

    /// <summary>Makes the hypervisor's half of the I/O request page.</summary>
    public virtual IoRequestSlots MakeSlots(int vcpus, uint epoch, VmId vm, PathTrace? trace) => new(vcpus, epoch, vm, trace);
}
