using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Makes machine descriptions of a plan's topology.</summary>
internal static class TopologyMachines
{
    private static readonly PlanDevice OneConsole = new();

    /// <summary>Describes a VM.</summary>
    public static VmSpec Describe(PlanTopology topology, int vm, GuestSpec guest)
    {
        var devices = ImmutableArray.CreateBuilder<ConsoleDeviceSpec>();
        var planned = topology.Devices.IsEmpty ? [OneConsole] : topology.Devices;
        foreach (var device in planned)
        {
            if (device.Vm >= 0 && device.Vm != topology.VmOf(vm))
                continue;
            var index = devices.Count;
            devices.Add(new ConsoleDeviceSpec(
                MachineNames.Function(index),
                [.. Enumerable.Range(0, device.Ports).Select(port => new ConsolePortSpec(
                    MachineNames.Port(vm, index, port), port == 0, device.Backend, Policy: device.Policy))],
                device.Transport,
                device.Ioeventfd,
                device.Asyncio));
        }

        return new VmSpec(new VmId(vm), topology.Vcpus, topology.MemoryBytes, guest, devices.ToImmutable(), topology.Polling);
    }
}
