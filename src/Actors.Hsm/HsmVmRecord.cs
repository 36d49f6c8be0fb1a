using Actors.Protocol;
using Akka.Actor;

namespace Actors.Hsm;

/// <summary>
/// What of a VM's HSM outlives a restart of its actor: who its neighbours are, the epoch, who serves the default client. It hangs on the actor's props; one incarnation
/// after the other uses it. Everything else is asked for: registrations from the device model, requests and CF8 from the hypervisor.
/// </summary>
internal sealed class HsmVmRecord
{
    /// <summary>Restarts so far.</summary>
    public int Incarnation { get; set; }

    /// <summary>The command that began the VM, or null.</summary>
    public ControlHop.CreateVm? Create { get; set; }

    /// <summary>The command that took over a VM of another HSM, or null; <see cref="Create"/> says the same then.</summary>
    public ControlHop.AdoptVm? Adopt { get; set; }

    /// <summary>What came of that; null while it is under way.</summary>
    public ControlHop.VmAdopted? Adopted { get; set; }

    /// <summary>What came of it; null while it is under way.</summary>
    public ControlHop.VmCreated? Created { get; set; }

    /// <summary>The VM's actor in the hypervisor.</summary>
    public IActorRef Hypervisor { get; set; } = ActorRefs.Nobody;

    /// <summary>The VM's epoch.</summary>
    public uint Epoch { get; set; }

    /// <summary>Who serves the default client, or null.</summary>
    public object? DefaultServer { get; set; }

    /// <summary>The VM is destroyed.</summary>
    public bool IsGone { get; set; }
}
