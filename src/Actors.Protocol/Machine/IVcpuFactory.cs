using Akka.Actor;

namespace Actors.Protocol;

/// <summary>How the hypervisor gets vCPU actors without knowing what runs on them.</summary>
public interface IVcpuFactory
{
    /// <summary>
    /// Props of the actor for one vCPU. It speaks <see cref="GuestHop"/> with its parent, the VM's actor, and starts stopped:
    /// it runs when <see cref="GuestHop.RunVcpu"/> comes.
    /// </summary>
    /// <param name="spec">The VM.</param>
    /// <param name="vcpu">Index 0-15.</param>
    /// <param name="memory">The VM's RAM.</param>
    /// <param name="services">What every actor of a node gets.</param>
    Props Create(VmSpec spec, int vcpu, IGuestMemory memory, RoomServices services);

    /// <summary>Null, or one clear sentence about what is wrong with the guest's name or arguments.</summary>
    string? Validate(GuestSpec guest);
}
