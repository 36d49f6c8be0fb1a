using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>Where a device says that the guest wants its machine to end or begin again.</summary>
internal interface IPowerSwitch
{
    /// <summary>Asks. The vCPU that does so stays blocked.</summary>
    void Request(VmEventKind kind);
}
