using System.Diagnostics.CodeAnalysis;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Where a description becomes a device: the built-in console, and devices that whoever runs the node brought along. Everything on a machine's bus is made here.
/// </summary>
/// <param name="own">Makes a device by its name, anew with each incarnation; null: there is none of this name.</param>
internal sealed class DeviceCatalog(Func<string, OwnDevice?>? own = null)
{
    /// <summary>What every node has.</summary>
    public static DeviceCatalog BuiltIn { get; } = new();

    /// <summary>Makes a device's core.</summary>
    /// <param name="vm">The machine that it belongs to.</param>
    /// <param name="spec">What it is.</param>
    /// <param name="isHostOpen">Of each port: whether somebody is at its backend's end.</param>
    /// <param name="trace">Recorder of hops, or null.</param>
    /// <exception cref="PciSetupException">There is no such device here, or it can't be made; the sentence says why.</exception>
    public DeviceCore Make(VmId vm, IDeviceSpec spec, ReadOnlySpan<bool> isHostOpen, PathTrace? trace) => spec switch
    {
        ConsoleDeviceSpec console => new VirtioConsole(vm, console, isHostOpen, trace),
        OwnDeviceSpec theirs => MakeOwn(vm, theirs, trace),
        _ => throw new PciSetupException($"Nobody here can make the device {spec.Function}."),
    };

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a user's part throws when it is made, the machine can't have it: that is said with the reason.")]
    private DeviceCore MakeOwn(VmId vm, OwnDeviceSpec spec, PathTrace? trace)
    {
        try
        {
            return own?.Invoke(spec.Name) switch
            {
                null => throw new PciSetupException($"Nobody here can make the device '{spec.Name}' at {spec.Function}: the node wasn't told of it."),
                { Core: not null } => throw new PciSetupException($"The device '{spec.Name}' at {spec.Function} was used before: whoever makes it has to make a new one each time."),
                OwnPciDevice device when !spec.IsVirtio => new OwnPciCore(device, $"'{spec.Name}' at {spec.Function}"),
                OwnVirtioDevice device when spec.IsVirtio => new OwnVirtioCore(device, vm, spec, trace),
                var other => throw new PciSetupException($"The device '{spec.Name}' at {spec.Function} is a {other.GetType().Name}, which is of the other kind."),
            };
        }
        catch (Exception thrown) when (thrown is not PciSetupException)
        {
            throw new PciSetupException($"The device '{spec.Name}' at {spec.Function} can't be made: {thrown.GetType().Name}: {thrown.Message}", thrown);
        }
    }
}
