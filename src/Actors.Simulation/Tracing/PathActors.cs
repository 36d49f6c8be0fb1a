using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Who took a step of the path, as the actor's name below <c>/user</c>.</summary>
internal static class PathActors
{
    /// <summary>The name, such as <c>device-model/vm-1/pci-0.3.0</c>.</summary>
    public static string NameOf(in PathStep step)
    {
        var vm = step.Vm.Value;
        return step.Room switch
        {
            PathRoom.Guest => Text($"hypervisor/vm-{vm}/vcpu-{Math.Max(0, step.Vcpu)}"),
            PathRoom.Hypervisor => Text($"hypervisor/vm-{vm}"),
            PathRoom.Hsm => Text($"hsm/vm-{vm}"),
            PathRoom.Device => Device(step),
            PathRoom.Port => Text($"{Device(step)}/port-{step.Port}"),
            _ => Text($"device-model/vm-{vm}"),
        };
    }

    private static string Device(in PathStep step) => step.Device == default
        ? Text($"device-model/vm-{step.Vm.Value}/device")
        : Text($"device-model/vm-{step.Vm.Value}/pci-{step.Device}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
