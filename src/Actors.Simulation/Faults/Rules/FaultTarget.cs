using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A selector in numbers; -1 fits everything.</summary>
internal readonly record struct FaultTarget(int Vm, int Vcpu, int Device, int Queue, int Port, int Vector, int Node = -1)
{
    /// <summary>Whether everything fits.</summary>
    public bool IsEverything => (Vm & Vcpu & Device & Queue & Port & Vector & Node) == -1;

    /// <summary>The numbers of a selector. A device is named by its index among its VM's, or by its function.</summary>
    public static FaultTarget Of(FaultSelector selector) => new(
        selector.Vm ?? -1,
        selector.Vcpu ?? -1,
        selector.Device is null ? -1 : DeviceOf(selector.Device),
        selector.Queue ?? -1,
        selector.Port ?? -1,
        selector.Vector ?? -1,
        selector.Node ?? -1);

    /// <summary>Whether something fits; what isn't known of it (-1) fits only who doesn't ask for it.</summary>
    public bool Fits(in FaultTarget what) =>
        (Vm < 0 || Vm == what.Vm) && (Vcpu < 0 || Vcpu == what.Vcpu) && (Device < 0 || Device == what.Device) &&
        (Queue < 0 || Queue == what.Queue) && (Port < 0 || Port == what.Port) && (Vector < 0 || Vector == what.Vector) &&
        (Node < 0 || Node == what.Node);

    /// <summary>The requester id that a device's name means; one that no device has when it reads as none.</summary>
    private static int DeviceOf(string name)
    {
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < 29)
            return MachineNames.Function(index).RequesterId;
        var parts = name.Split('.');
        return parts.Length == 3 && byte.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var bus)
            && byte.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var slot)
            && byte.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var function)
            ? new Bdf(bus, slot, function).RequesterId
            : int.MaxValue;
    }
}
