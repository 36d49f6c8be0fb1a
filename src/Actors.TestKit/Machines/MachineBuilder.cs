using Actors.DeviceModel;
using Actors.Guest;
using Actors.Hsm;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>
/// A machine as a test describes it: <c>Boot(m => m.Vcpus(2).Console(ports: 2))</c>. Nothing has to be said: the default is one vCPU with 128 MiB of RAM and one console with one
/// port, which loses nothing, in the simulated world with seed 1.
/// </summary>
public sealed class MachineBuilder
{
    private readonly Dictionary<int, Func<IPortBackendEvents, IPortBackend>> _backends = [];
    private readonly List<TestDevice> _devices = [];
    private readonly OwnDevices _own = new();
    private readonly List<IIoreqClientFactory> _clients = [];
    private readonly List<WorldObserver> _oracles = [];
    private Plan _plan;
    private MachineWorld _world;
    private ulong _seed = 1;
    private int _nodes = 2;
    private DriverOptions _driver = new();
    private Func<GuestProgram>? _program;
    private GuestSpec? _guest;
    private string? _flaw;
    private bool _hasProbes = true;
    private TimeSpan? _patience;

    internal MachineBuilder(string name, MachineWorld world)
    {
        _world = world;
        _plan = new Plan { Name = name.Length <= 100 ? name : name[..100] };
    }

    /// <summary>Where it runs.</summary>
    public MachineBuilder In(MachineWorld world)
    {
        _world = world;
        return this;
    }

    /// <summary>In the simulated world: everything that isn't described follows from this number. The environment variable <c>ACTORS_SEED</c> goes before it.</summary>
    public MachineBuilder Seed(ulong seed)
    {
        _seed = seed;
        return this;
    }

    /// <summary>
    /// How many nodes there are, 1 to 9: logical ones in the simulated world, where without it there is one; nodes of this process in a cluster, where without it there are two. One can be
    /// lost when there are three. In real time there is one.
    /// </summary>
    public MachineBuilder Nodes(int nodes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodes, 9);
        _nodes = nodes;
        _plan = _plan with { Topology = _plan.Topology with { Nodes = nodes } };
        return this;
    }

    /// <summary>vCPUs, 1 to 16.</summary>
    public MachineBuilder Vcpus(int vcpus)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vcpus, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vcpus, VmLimits.MaxVcpus);
        return Change(topology => topology with { Vcpus = vcpus });
    }

    /// <summary>RAM in bytes, a multiple of 4096.</summary>
    public MachineBuilder Memory(ulong bytes) => Change(topology => topology with { MemoryBytes = bytes });

    /// <summary>vCPUs poll for completions instead of being told.</summary>
    public MachineBuilder Polling() => Change(topology => topology with { Polling = true });

    /// <summary>Adds a console device. Without any, there is one with one port.</summary>
    /// <param name="ports">Ports, 1 to 16.</param>
    /// <param name="policy">What happens to bytes that the backend can't take; null: nothing is lost.</param>
    /// <param name="ioeventfd">Whether doorbells are registered with the HSM; else kicks take the slow path.</param>
    /// <param name="asyncio">Whether registered doorbells take the asyncio fast path.</param>
    /// <param name="transport">virtio-pci interfaces.</param>
    public MachineBuilder Console(
        int ports = 1, PortPolicy? policy = null, bool ioeventfd = true, bool asyncio = false, VirtioTransportKind transport = VirtioTransportKind.Transitional) =>
        Change(topology => topology with
        {
            Devices = topology.Devices.Add(new PlanDevice { Ports = ports, Policy = policy, Ioeventfd = ioeventfd, Asyncio = asyncio, Transport = transport }),
        });

    /// <summary>A PCI function of the test's own: the guest finds it at its place on bus 0.</summary>
    /// <param name="slot">Slot, 0 to 31; consoles are in 3 and those that follow. A function that isn't 0 needs one that is in its slot, or no guest looks for it.</param>
    /// <param name="make">Makes it, anew with each incarnation of the machine or of the device's actor; on a cluster on whichever node has the machine.</param>
    /// <param name="function">Function, 0 to 7.</param>
    public MachineBuilder Device(byte slot, Func<OwnPciDevice> make, byte function = 0)
    {
        ArgumentNullException.ThrowIfNull(make);
        var at = new Bdf(0, slot, function);
        _own.Add(new OwnDeviceSpec(at, at.ToString(), IsVirtio: false), make);
        return this;
    }

    /// <summary>A virtio device of the test's own: the guest finds it at its place on bus 0, behind the modern virtio-pci transport.</summary>
    /// <param name="slot">Slot, 0 to 31; consoles are in 3 and those that follow.</param>
    /// <param name="make">Makes it, anew with each incarnation of the machine or of the device's actor; on a cluster on whichever node has the machine.</param>
    /// <param name="function">Function, 0 to 7.</param>
    /// <param name="ioeventfd">Whether doorbells are registered with the HSM; else kicks take the slow path.</param>
    /// <param name="asyncio">Whether registered doorbells take the asyncio fast path.</param>
    public MachineBuilder Device(byte slot, Func<OwnVirtioDevice> make, byte function = 0, bool ioeventfd = true, bool asyncio = false)
    {
        ArgumentNullException.ThrowIfNull(make);
        var at = new Bdf(0, slot, function);
        _own.Add(new OwnDeviceSpec(at, at.ToString(), IsVirtio: true, ioeventfd, asyncio), make);
        return this;
    }

    /// <summary>A device of the test's own, outside PCI: registers that an ioreq client serves.</summary>
    public MachineBuilder Device(TestDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        _devices.Add(device);
        return this;
    }

    /// <summary>Ioreq clients of the test's own.</summary>
    public MachineBuilder Clients(IIoreqClientFactory clients)
    {
        ArgumentNullException.ThrowIfNull(clients);
        _clients.Add(clients);
        return this;
    }

    /// <summary>A backend of the test's own behind a port, instead of a <see cref="FakeBackend"/>. It is opened anew with each incarnation of the machine.</summary>
    /// <param name="open">Makes it, given whom it signals.</param>
    /// <param name="port">Index of the port.</param>
    /// <param name="device">Number of the console, from 0.</param>
    public MachineBuilder Backend(Func<IPortBackendEvents, IPortBackend> open, int port = 0, int device = 0)
    {
        ArgumentNullException.ThrowIfNull(open);
        _backends[MachineOrder.PortKey(device, port)] = open;
        return this;
    }

    /// <summary>What the test's guest does where a driver has a choice.</summary>
    public MachineBuilder Driver(DriverOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _driver = options;
        return this;
    }

    /// <summary>A guest of the test's own; one is made for each vCPU. Verbs that tell the guest what to do need the kit's own guest.</summary>
    public MachineBuilder Guest(Func<GuestProgram> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        _program = program;
        return this;
    }

    /// <summary>A guest in the box, such as <c>hello</c> (<c>actors run --help</c>).</summary>
    public MachineBuilder Guest(string name, params ReadOnlySpan<string> arguments)
    {
        _guest = new GuestSpec(name, [.. arguments]);
        return this;
    }

    /// <summary>
    /// A fault, from the moment when the guest is up: a row (<c>F35</c>), site and verb (<c>irq.raise: drop</c>), or YAML as under <c>faults:</c> in a plan.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such fault.</exception>
    public MachineBuilder Break(string fault)
    {
        foreach (var rule in SimFaultRules.Parse(fault, _plan.Faults))
            _plan = _plan with { Faults = _plan.Faults.Add(rule) };
        return this;
    }

    /// <summary>In the simulated world: an oracle of the test's own, beside those in the box.</summary>
    public MachineBuilder Oracle(WorldObserver oracle)
    {
        ArgumentNullException.ThrowIfNull(oracle);
        _oracles.Add(oracle);
        return this;
    }

    /// <summary>In the simulated world: an oracle in the box doesn't judge, because the test makes its promise impossible.</summary>
    /// <param name="oracle">Its id, such as <c>I14</c> (<c>actors chaos list oracles</c>).</param>
    /// <param name="reason">Why.</param>
    public MachineBuilder Except(string oracle, string reason)
    {
        _plan = _plan with { Except = _plan.Except.Add(new PlanExclusion(oracle, reason)) };
        return this;
    }

    /// <summary>In the simulated world: whom the schedule prefers. Without it, one strategy after the other, by seed.</summary>
    public MachineBuilder Schedule(StrategyKind strategy)
    {
        _plan = _plan with { Strategy = strategy };
        return this;
    }

    /// <summary>How long something may take that the test expects and gives no time for. Without it: 5 s of virtual time, 30 s of real time, 3 min on several nodes (30 s of virtual time, where they are simulated).</summary>
    public MachineBuilder Patience(TimeSpan time)
    {
        _patience = time;
        return this;
    }

    /// <summary>A variant with a known defect instead of the right part; for tests of the kit itself.</summary>
    internal MachineBuilder Flawed(string flaw)
    {
        _flaw = flaw;
        return this;
    }

    /// <summary>No probe and no gate, to compare with a machine that has them.</summary>
    internal MachineBuilder WithoutProbes()
    {
        _hasProbes = false;
        return this;
    }

    internal Machine Build(MachineTest test, MachineOrigin origin)
    {
        var replayed = _world == MachineWorld.Simulated ? origin.LogFor(_plan) : null;
        var seed = replayed?.Seed ?? origin.Surroundings.Seed ?? _seed;
        var recording = new Recording(_world == MachineWorld.Simulated ? new TraceHeader("world", _plan.Name, seed, []) : new TraceHeader("run", _plan.Name, null, []));
        var line = new GuestLine(recording);
        var fakes = AddFakes();
        var program = _program;
        var driver = _driver;
        SharedPlatform? shared = null;
        Func<GuestProgram> own = program ?? (() => new TestGuest(line, driver, shared ??= new SharedPlatform()));
        var memory = new TestMemory();
        var order = new MachineOrder
        {
            Memory = memory,
            Origin = origin,
            Replayed = replayed,
            Plan = _plan,
            Seed = seed,
            Guests = new TestGuestCatalog(own, new GuestCatalog(driver)),
            Guest = _guest ?? new GuestSpec(TestGuestCatalog.Own, []),
            Recording = recording,
            Gate = new HopGate(),
            Backends = _backends,
            Devices = _own,
            Oracles = _oracles,
            Clients = _clients.Count + _devices.Count > 0 ? new ClientsOfTest(_clients, _devices, memory) : null,
            Flaw = _flaw,
            Nodes = _nodes,
            HasProbes = _hasProbes,
        };
        if (_world != MachineWorld.Simulated && (_oracles.Count > 0 || _flaw is not null))
            throw new NotSupportedException("Oracles judge in MachineWorld.Simulated only: in real time assert on the recording.");
        return new Machine(order, test.Host(order, _world), _world, line, fakes, program is null && _guest is null, _patience);
    }

    private Dictionary<int, FakeBackend> AddFakes()
    {
        var fakes = new Dictionary<int, FakeBackend>();
        var devices = _plan.Topology.Devices.IsEmpty ? [new PlanDevice()] : _plan.Topology.Devices;
        for (var device = 0; device < devices.Length; device++)
        {
            for (var port = 0; port < devices[device].Ports; port++)
            {
                var key = MachineOrder.PortKey(device, port);
                if (_backends.ContainsKey(key))
                    continue;
                var fake = new FakeBackend();
                fakes.Add(key, fake);
                _backends.Add(key, fake.Open);
            }
        }

        return fakes;
    }

    private MachineBuilder Change(Func<PlanTopology, PlanTopology> change)
    {
        _plan = _plan with { Topology = change(_plan.Topology) };
        return this;
    }
}
