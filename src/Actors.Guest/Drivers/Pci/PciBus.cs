using Actors.Protocol;

namespace Actors.Guest;

/// <summary>Finds the functions of a PCI bus.</summary>
public sealed class PciBus(IPciConfigAccess config)
{
    /// <summary>Addresses for BARs that nobody assigned.</summary>
    public PciAddressAllocator Addresses { get; } = new();

    /// <summary>A function, or null when none answers.</summary>
    public async GuestTask<PciDevice?> Probe(Bdf function)
    {
        var id = await config.Read(function, PciSpec.VendorId, 4);
        return (ushort)id is 0xFFFF or 0 ? null : new PciDevice(config, function, id);
    }

    /// <summary>All functions of a bus, in order; those behind function 0 only where its multi-function bit is set.</summary>
    /// <param name="bus">Bus number.</param>
    /// <param name="lastWanted">Enumeration ends behind the first function that this accepts; null: never early. Asked by vendor and device id.</param>
    public async GuestTask<List<PciDevice>> Enumerate(byte bus = 0, Func<PciDevice, bool>? lastWanted = null)
    {
        var found = new List<PciDevice>();
        for (byte slot = 0; slot < PciSpec.Slots; slot++)
        {
            var functions = 1;
            for (byte function = 0; function < functions; function++)
            {
                var device = await Probe(new Bdf(bus, slot, function));
                if (device is null)
                    continue;
                found.Add(device);
                if (lastWanted is not null && lastWanted(device))
                    return found;
                await device.Identify();
                if (function == 0 && device.IsMultiFunction)
                    functions = PciSpec.Functions;
            }
        }

        return found;
    }
}
