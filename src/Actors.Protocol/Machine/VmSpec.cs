using System.Collections.Immutable;

namespace Actors.Protocol;

/// <summary>Everything that makes a VM, as a value.</summary>
/// <param name="Vm">Its name.</param>
/// <param name="Vcpus">vCPUs, 1-16.</param>
/// <param name="MemoryBytes">RAM in bytes, a multiple of 4096.</param>
/// <param name="Guest">What runs on the vCPUs.</param>
/// <param name="Devices">Its virtio-consoles; with those of <paramref name="Own"/> at most 32 slots of bus 0.</param>
/// <param name="CompletionPolling">True when vCPUs poll for completion instead of being notified (acrn-io-path 1.3, polling VM).</param>
/// <param name="UpcallVector">Vector of the HSM notification, 0x20-0xFF; ACRN's is 0xF3.</param>
/// <param name="Own">PCI devices that whoever runs the machine brought along; default: none.</param>
public sealed record VmSpec(
    VmId Vm,
    int Vcpus,
    ulong MemoryBytes,
    GuestSpec Guest,
    ImmutableArray<ConsoleDeviceSpec> Devices,
    bool CompletionPolling = false,
    byte UpcallVector = VmLimits.DefaultUpcallVector,
    ImmutableArray<OwnDeviceSpec> Own = default)
{
    /// <summary>All its PCI devices, consoles first.</summary>
    public IEnumerable<IDeviceSpec> AllDevices => Own.IsDefaultOrEmpty ? Devices : [.. Devices, .. Own];
}

/// <summary>Names a programmed guest and its arguments.</summary>
public sealed record GuestSpec(string Name, ImmutableArray<string> Arguments);
