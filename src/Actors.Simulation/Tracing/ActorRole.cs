using System.Globalization;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>What an actor of a world is, as its name says.</summary>
/// <param name="Part">Which part of the path.</param>
/// <param name="Vm">Whose; -1 when it serves all.</param>
/// <param name="Index">vCPU, slot of a device, index of a port (whose device is <paramref name="Device"/>); else -1.</param>
/// <param name="Device">Slot of a port's device; else -1.</param>
internal readonly record struct ActorRole(ActorPart Part, int Vm = -1, int Index = -1, int Device = -1)
{
    /// <summary>Reads a path such as <c>/user/hypervisor/vm-0/vcpu-1</c>.</summary>
    public static ActorRole Of(ActorPath path)
    {
        var depth = path.Depth - 1;
        return depth switch
        {
            1 => Of(1, RoomOf(path.Name), string.Empty, string.Empty, string.Empty),
            2 => Of(2, RoomOf(path.Parent.Name), path.Name, string.Empty, string.Empty),
            3 => Of(3, RoomOf(path.Parent.Parent.Name), path.Parent.Name, path.Name, string.Empty),
            4 => Of(4, RoomOf(path.Parent.Parent.Parent.Name), path.Parent.Parent.Name, path.Parent.Name, path.Name),
            _ => default,
        };
    }

    /// <summary>Reads a name such as <c>hypervisor/vm-0/vcpu-1</c>.</summary>
    public static ActorRole Of(string name)
    {
        var parts = name.Split('/');
        return Of(parts.Length, RoomOf(parts[0]), parts.ElementAtOrDefault(1) ?? string.Empty, parts.ElementAtOrDefault(2) ?? string.Empty, parts.ElementAtOrDefault(3) ?? string.Empty);
    }

    /// <summary>Name of the room of a root actor; on a logical node the node's name stands before it.</summary>
    public static string RoomOf(string root)
    {
        SimNode.Parse(root, out var room);
        return room;
    }

    private static ActorRole Of(int depth, string room, string vmName, string second, string third)
    {
        if (depth == 1)
        {
            return new ActorRole(room switch
            {
                "hypervisor" => ActorPart.HypervisorRoot,
                "hsm" => ActorPart.HsmRoot,
                "device-model" => ActorPart.DeviceModelRoot,
                _ => ActorPart.Other,
            });
        }

        var vm = Number(vmName, "vm-");
        if (vm < 0)
            return default;
        return (room, depth) switch
        {
            ("hypervisor", 2) => new ActorRole(ActorPart.Hypervisor, vm),
            ("hypervisor", 3) => new ActorRole(ActorPart.Vcpu, vm, Number(second, "vcpu-")),
            ("hsm", 2) => new ActorRole(ActorPart.Hsm, vm),
            ("device-model", 2) => new ActorRole(ActorPart.DeviceModel, vm),
            ("device-model", 3) => new ActorRole(ActorPart.Device, vm, Slot(second)),
            ("device-model", 4) => new ActorRole(ActorPart.Port, vm, Number(third, "port-"), Slot(second)),
            _ => new ActorRole(ActorPart.Other, vm),
        };
    }

    private static int Slot(string name)
    {
        var numbers = name.Split('.');
        return numbers.Length == 3 ? Number(numbers[1], string.Empty) : -1;
    }

    private static int Number(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}

/// <summary>Parts of the path that actors play.</summary>
internal enum ActorPart : byte
{
    /// <summary>Anything else.</summary>
    Other,

    /// <summary>The hypervisor of a node.</summary>
    HypervisorRoot,

    /// <summary>A VM in the hypervisor.</summary>
    Hypervisor,

    /// <summary>A vCPU.</summary>
    Vcpu,

    /// <summary>The HSM of a node.</summary>
    HsmRoot,

    /// <summary>A VM in the HSM.</summary>
    Hsm,

    /// <summary>The device model of a node.</summary>
    DeviceModelRoot,

    /// <summary>A VM in the device model.</summary>
    DeviceModel,

    /// <summary>A device.</summary>
    Device,

    /// <summary>A port.</summary>
    Port,
}
