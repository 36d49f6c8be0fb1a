using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// The RAM directory of a node that hosts no guest: it finds none. Devices of its VMs go by <see cref="MemoryHop"/>, whose other end the VM's hypervisor names
/// (<see cref="ControlHop.VmCreated.Memory"/>). Also for a process that hosts everything and wants its devices to work as if it didn't.
/// </summary>
public sealed class AwayMemoryDirectory : IGuestMemoryDirectory
{
    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always: RAM is made where guests are.</exception>
    public IGuestMemory Create(VmId vm, ulong bytes) => throw new NotSupportedException("This node hosts no guests.");

    /// <inheritdoc/>
    public IGuestMemory? Find(VmId vm) => null;

    /// <inheritdoc/>
    public void Clear(VmId vm)
    {
    }

    /// <inheritdoc/>
    public void Remove(VmId vm)
    {
    }
}
