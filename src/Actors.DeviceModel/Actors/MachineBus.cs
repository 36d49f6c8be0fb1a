using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// What a VM's default client looks addresses up in: the PCI bus, the port and memory range tables, and the ECAM window. Says for whom an access is; what is
/// nobody's has a default (acrn-io-path 1.14).
/// </summary>
internal sealed class MachineBus
{
    private const ulong LegacyPorts = 0x1000;

    private readonly PciBus<DeviceSlot> _pci = new();
    private readonly PortRangeTable<DeviceSlot> _ports = new();
    private readonly MmioRangeTable<DeviceSlot> _memory = new();
    private readonly List<DeviceSlot> _slots = new(1);

    /// <summary>Makes the bus of a machine with this much RAM, where no BAR may lie; nor on fixed ports and the interrupt controllers.</summary>
    public MachineBus(ulong ramBytes)
    {
        var low = Math.Min(ramBytes, VmLimits.LowRamEnd);
        _memory.TryReserve(0, low);
        _memory.TryReserve(VmLimits.HighRamStart, ramBytes - low);
        _memory.TryReserve(PlatformSpec.EcamBase, PlatformSpec.EcamSize);
        _memory.TryReserve(PlatformSpec.IoApicBase, 0x1000);
        _memory.TryReserve(PlatformSpec.LocalApicBase, 0x1000);
        _ports.TryReserve(0, LegacyPorts);
    }

    /// <summary>Devices, in the order of the description.</summary>
    public IReadOnlyList<DeviceSlot> Slots => _slots;

    /// <summary>Puts a device on the bus.</summary>
    /// <exception cref="PciSetupException">There is no such place, or it is taken.</exception>
    public DeviceSlot Add(IDeviceSpec spec)
    {
        var slot = new DeviceSlot(spec);
        slot.Interrupt = _pci.Add(spec.Function, slot);
        _slots.Add(slot);
        return slot;
    }

    /// <summary>The device at an address, or null.</summary>
    public DeviceSlot? Find(Bdf function) => _pci.Find(function);

    /// <summary>Finds for whom an access is; false when it is nobody's.</summary>
    public bool TryRoute(in IoAccess access, out AccessRoute route)
    {
        switch (access.Type)
        {
            case IoRequestType.PortIo:
                return TryRoute(_ports.Find(access.Address, access.Size, out var port), port, isPort: true, access, out route);
            case IoRequestType.Mmio when access.Address - PlatformSpec.EcamBase < PlatformSpec.EcamSize:
                return TryRouteConfiguration(access.Address - PlatformSpec.EcamBase, access, out route);
            case IoRequestType.Mmio:
                return TryRoute(_memory.Find(access.Address, access.Size, out var first), first, isPort: false, access, out route);
            case IoRequestType.PciConfig:
                return TryRouteConfiguration(access.Address, access, out route);
            default:
                // A write to a write-protected page: ACRN's device model ends itself; here it is dropped.
                route = default;
                return false;
        }
    }

    /// <summary>What an access that is nobody's reads as.</summary>
    public static ulong DefaultOf(in IoAccess access) => access.IsWrite || access.Type == IoRequestType.WriteProtect ? 0 : access.AllOnes;

    /// <summary>Finishes a value that a device answered: only the bus knows whether a header is one of several.</summary>
    public ulong Finish(in IoAccess access, ulong value)
    {
        if (access.IsWrite)
            return 0;
        if (access.Type == IoRequestType.PciConfig)
            return _pci.WithMultiFunctionBit(access.Address, access.Size, (uint)value);
        return access.Type == IoRequestType.Mmio && access.Address - PlatformSpec.EcamBase < PlatformSpec.EcamSize
            ? _pci.WithMultiFunctionBit(access.Address - PlatformSpec.EcamBase, access.Size, (uint)value)
            : value;
    }

    /// <summary>A device's BARs decode elsewhere now; gives those that are refused.</summary>
    public List<BarPlace>? Place(DeviceSlot slot, BarPlaces places)
    {
        if (places.Version <= slot.Places.Version)
            return null;

        // First everything that goes, then what comes: BARs may have changed places.
        foreach (var place in slot.Places.Places)
        {
            if (!places.Places.Contains(place))
                Remove(slot, place);
        }

        List<BarPlace>? refused = null;
        foreach (var place in places.Places)
        {
            if (slot.Places.Places.Contains(place) && !slot.Refused.Contains(place))
                continue;
            slot.Refused.Remove(place);
            if (TryAdd(slot, place))
                continue;
            slot.Refused.Add(place);
            (refused ??= []).Add(place);
        }

        slot.Places = places;
        return refused;
    }

    private static bool TryRoute(DeviceSlot? slot, ulong first, bool isPort, in IoAccess access, out AccessRoute route)
    {
        if (slot is not null)
        {
            foreach (var place in slot.Places.Places)
            {
                if (place.IsPort != isPort || place.Address != first)
                    continue;
                route = new AccessRoute(slot, place.Bar, access.Address - first);
                return true;
            }
        }

        route = default;
        return false;
    }

    private bool TryRouteConfiguration(ulong address, in IoAccess access, out AccessRoute route)
    {
        var slot = _pci.Find(address, access.Size, out var register);
        route = slot is null ? default : new AccessRoute(slot, DeviceHop.Configuration, (uint)register);
        return slot is not null;
    }

    private bool TryAdd(DeviceSlot slot, in BarPlace place) =>
        place.IsPort ? _ports.TryAdd(place.Address, place.Size, slot) : _memory.TryAdd(place.Address, place.Size, slot);

    private void Remove(DeviceSlot slot, in BarPlace place)
    {
        if (slot.Refused.Remove(place))
            return;
        if (place.IsPort)
            _ports.Remove(place.Address, place.Size, slot);
        else
            _memory.Remove(place.Address, place.Size, slot);
    }
}

/// <summary>For whom an access is.</summary>
internal readonly record struct AccessRoute(DeviceSlot Slot, int Bar, ulong Offset);
