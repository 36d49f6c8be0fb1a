namespace Actors.Hypervisor;

/// <summary>
/// What of a VM outlives a restart of its actor in the hypervisor, which loses its tables, interrupt controllers and vCPUs: enough to end the VM in order. It hangs on
/// the actor's props; one incarnation after the other uses it.
/// </summary>
internal sealed class VmRecord
{
    /// <summary>The VM's epoch.</summary>
    public uint Epoch { get; set; } = VmLifeCycle.FirstEpoch;

    /// <summary>Where it stood.</summary>
    public VmState State { get; set; } = VmState.Created;
}
