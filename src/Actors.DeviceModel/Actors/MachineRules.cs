using System.Text;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>What a machine description must keep to before anything is opened; each breach is one sentence for a person.</summary>
internal static class MachineRules
{
    /// <summary>The first breach, or null.</summary>
    public static string? FindBreach(VmSpec spec)
    {
        if (spec.Vcpus is < 1 or > VmLimits.MaxVcpus)
            return $"A VM has 1 to {VmLimits.MaxVcpus} vCPUs, not {spec.Vcpus}.";
        if (spec.MemoryBytes == 0 || spec.MemoryBytes % 4096 != 0)
            return $"The size of a VM's RAM is a multiple of 4096 bytes, not {spec.MemoryBytes}.";
        if (spec.UpcallVector < 0x20)
            return $"The upcall vector is 0x20 to 0xff, not 0x{spec.UpcallVector:x}.";
        if (spec.Devices.IsDefault)
            return "The description of the VM has no list of devices.";

        var names = new HashSet<string>(StringComparer.Ordinal);
        var places = new HashSet<Bdf>();
        foreach (var device in spec.AllDevices)
        {
            if (device.Function is not { Bus: 0, Device: < PciSpec.Slots, Function: < PciSpec.Functions })
                return $"There is no PCI address {device.Function}: the bus is 0, the slot 0-31 and the function 0-7.";
            if (!places.Add(device.Function))
                return $"Two PCI devices want the address {device.Function}; give one of them another slot.";
        }

        foreach (var device in spec.Devices)
        {
            if (FindBreach(device) is { } breach)
                return breach;
            foreach (var port in device.Ports)
            {
                if (!names.Add(port.Name))
                    return $"Two console ports are named '{port.Name}'; give one of them another name.";
            }
        }

        return null;
    }

    private static string? FindBreach(ConsoleDeviceSpec device)
    {
        if (device.Ports.IsDefaultOrEmpty || device.Ports.Length > VirtioConsoleSpec.MaxPorts)
        {
            var count = device.Ports.IsDefault ? 0 : device.Ports.Length;
            return $"A virtio-console has 1 to {VirtioConsoleSpec.MaxPorts} ports, not {count} (device {device.Function}).";
        }

        foreach (var port in device.Ports)
        {
            if (Encoding.UTF8.GetByteCount(port.Name) > VirtioConsole.MaxNameBytes)
                return $"The name of a console port has at most {VirtioConsole.MaxNameBytes} bytes; '{port.Name[..32]}...' is longer.";
            if (port.Policy is { Kind: PortPolicyKind.Buffer, BufferBytes: < 1 or > PortOutputPolicy.MaxBufferBytes })
                return $"The buffer of port '{port.Name}' has 1 to {PortOutputPolicy.MaxBufferBytes} bytes, not {port.Policy.BufferBytes}.";
        }

        return null;
    }
}
