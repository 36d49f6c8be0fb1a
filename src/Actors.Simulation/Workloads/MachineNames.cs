using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>How a world's machines, devices and ports are called.</summary>
internal static class MachineNames
{
    /// <summary>Slot of the first device.</summary>
    private const int FirstSlot = 3;

    /// <summary>Name of a port: unique in a world, and what its guest looks for.</summary>
    public static string Port(int vm, int device, int port) => string.Create(CultureInfo.InvariantCulture, $"v{vm}.{device}.{port}");

    /// <summary>PCI function of a VM's device.</summary>
    public static Bdf Function(int device) => new(0, (byte)(FirstSlot + device), 0);

    /// <summary>VM, device and port of a name.</summary>
    public static (int Vm, int Device, int Port) Parse(string name)
    {
        var parts = name[1..].Split('.');
        return (Number(parts[0]), Number(parts[1]), Number(parts[2]));
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
