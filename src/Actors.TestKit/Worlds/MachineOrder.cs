using Actors.DeviceModel;
using Actors.Guest;
using Actors.Hsm;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>A machine as its test described it: what every world needs to make it.</summary>
internal sealed record MachineOrder
{
    public required MachineOrigin Origin { get; init; }

    public required Plan Plan { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>The log by which it runs, in the simulated world; null: it draws its choices by the seed.</summary>
    public ChoiceLog? Replayed { get; init; }

    public required IGuestCatalog Guests { get; init; }

    public required GuestSpec Guest { get; init; }

    public required Recording Recording { get; init; }

    public required HopGate Gate { get; init; }

    public required IReadOnlyDictionary<int, Func<IPortBackendEvents, IPortBackend>> Backends { get; init; }

    public required IReadOnlyList<WorldObserver> Oracles { get; init; }

    public required TestMemory Memory { get; init; }

    public IIoreqClientFactory? Clients { get; init; }

    /// <summary>PCI devices of the test's own.</summary>
    public required OwnDevices Devices { get; init; }

    public string? Flaw { get; init; }

    public int Nodes { get; init; } = 2;

    /// <summary>Whether probes and gate are there at all; only a test of the kit itself takes them away.</summary>
    public bool HasProbes { get; init; } = true;

    /// <summary>The machine. In real time its ports are held in memory, since the test plays what is behind them.</summary>
    public VmSpec Describe(int vm) => TopologyMachines.Describe(Plan.Topology, vm, Guest) with { Own = Devices.Specs };

    /// <summary>The backend of a port, if the test has one for it.</summary>
    public IPortBackend? Open(ConsolePortSpec port, IPortBackendEvents events)
    {
        var (_, device, index) = MachineNames.Parse(port.Name);
        return Backends.TryGetValue(PortKey(device, index), out var open) ? open(events) : null;
    }

    /// <summary>One number for a device's port.</summary>
    public static int PortKey(int device, int port) => (device * VirtioConsoleSpec.MaxPorts) + port;
}
