using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Opens the backends of a world's ports, and finds them again. Port names are unique in a world: <see cref="MachineNames.Port"/>.</summary>
internal sealed class SimBackends(World world) : IPortBackendFactory
{
    private readonly List<SimBackend> _open = [];

    /// <summary>All backends in order of opening; a port's may be there more than once, the last is in use.</summary>
    public IReadOnlyList<SimBackend> All => _open;

    /// <summary>The backend in use of a port, or null.</summary>
    public SimBackend? Find(int vm, int device, int port) =>
        _open.FindLast(backend => backend.Spec.Name == MachineNames.Port(vm, device, port));

    /// <inheritdoc/>
    public IPortBackend Open(ConsolePortSpec port, IPortBackendEvents events, BackendOwner owner)
    {
        var (vm, device, index) = MachineNames.Parse(port.Name);
        var outlet = world.Cluster?.OutletOf(vm, device, index, port.Backend);
        if (outlet is { Tells: false } && !outlet.Admits(owner.Fence.Value))
        {
            world.Mark("backend.fenced");
            throw new BackendOpenException($"port '{port.Name}' belongs to a later owner.");
        }

        var behind = new InnerEvents();
        var backend = new SimBackend(world, new VmId(vm), MachineNames.Function(device), index, port)
        {
            Outlet = outlet,
            Token = owner.Fence.Value,
            Lease = world.Cluster?.LeaseOf(vm),
            Inner = world.Request.Backends?.Invoke(port, behind),
        };
        behind.Of = backend;
        IPortBackend opened = backend;
        if (outlet is { Tells: true })
            opened = new FencedSimBackend(backend, outlet, events);
        else
            backend.Bind(events);
        _open.Add(backend);
        return world.Flaw?.Backend(world, opened) ?? opened;
    }

    /// <summary>What a backend behind a simulated one signals, as soon as there is one.</summary>
    private sealed class InnerEvents : IPortBackendEvents
    {
        public SimBackend? Of { get; set; }

        public void Signal(BackendInterest ready) => Of?.InnerSignal(ready);
    }
}
