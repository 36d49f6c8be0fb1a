using Actors.Guest;

namespace Actors.Simulation;

/// <summary>What a guest does with a port.</summary>
[Flags]
internal enum PortTraffic : byte
{
    /// <summary>It sends a stream.</summary>
    Send = 1,

    /// <summary>It receives a stream and looks at every byte.</summary>
    Receive = 2,

    /// <summary>It sends back what comes.</summary>
    Echo = 4,
}

/// <summary>Moves the plan's bytes on one port or all of them, and powers off.</summary>
internal sealed class TrafficRun : ProgramRun
{
    private readonly PortTraffic _traffic;
    private readonly Framing _framing;
    private readonly InputOptions _input;
    private readonly bool _everyPort;

    /// <summary>Begins a run.</summary>
    /// <param name="world">The world.</param>
    /// <param name="traffic">What is done with a port.</param>
    /// <param name="everyPort">With every port of every device, or with the first alone.</param>
    public TrafficRun(World world, PortTraffic traffic, bool everyPort)
        : base(world)
    {
        _traffic = traffic;
        _framing = traffic.HasFlag(PortTraffic.Send) ? Framing.Of(world.Plan) : default;
        _input = traffic == PortTraffic.Send ? default : InputOptions.Of(world.Plan);
        _everyPort = everyPort;
    }

    /// <inheritdoc/>
    public override void Started()
    {
        if (_traffic == PortTraffic.Send)
            return;
        for (var vm = 0; vm < World.Plan.Topology.Vms; vm++)
        {
            foreach (var port in PortsOf(vm))
                Feeder.Begin(World, port, World.WorkloadBytes, _input.Chunk, _input.Period);
        }
    }

    /// <inheritdoc/>
    protected override async GuestTask Run(GuestCpu cpu, int vm)
    {
        if (cpu.Index != 0)
            return;
        var platform = await GuestPlatform.Boot(cpu, Driver);
        var random = RandomOf(vm, 0);
        var pumps = new List<PortPump>();
        foreach (var (_, device, index) in PortsOf(vm))
        {
            if (await platform.FindPort(MachineNames.Port(vm, device, index)) is not { } port)
            {
                World.Mark("guest.no-port");
                continue;
            }

            AddPumps(platform, port, (vm, device, index), random, pumps);
            await port.Open(0, 0);
        }

        if (!await PortPump.Run(platform, [.. pumps]))
            World.Mark("guest.port-gone");
        foreach (var pump in pumps)
        {
            if (pump is ReceivePump { WrongAt: >= 0 } receiver)
                Violate("I2", $"{MachineNames.Port(vm, 0, receiver.Port.Id)}: the guest got other bytes than were sent, from position {receiver.WrongAt} on");
        }

        await platform.PowerOff();
    }

    private void AddPumps(GuestPlatform platform, GuestConsolePort port, (int Vm, int Device, int Port) at, Prng random, List<PortPump> pumps)
    {
        if (_traffic.HasFlag(PortTraffic.Receive))
            pumps.Add(new ReceivePump(platform, port, BytePattern.InputOf(at.Vm, at.Device, at.Port), _input.Buffers, _input.BufferSize).Add(World.WorkloadBytes));
        if (_traffic.HasFlag(PortTraffic.Send))
            pumps.Add(new SendPump(platform, port, BytePattern.OutputOf(at.Vm, at.Device, at.Port), _framing, random).Add(World.WorkloadBytes));
        if (!_traffic.HasFlag(PortTraffic.Echo))
            return;
        var echo = new EchoPump(platform, port, _input.Buffers, _input.BufferSize).Add(World.WorkloadBytes);
        pumps.Add(echo.Input);
        pumps.Add(echo);
    }

    private List<(int Vm, int Device, int Port)> PortsOf(int vm)
    {
        if (!_everyPort)
            return [(vm, 0, 0)];
        var ports = new List<(int Vm, int Device, int Port)>();
        var devices = TopologyMachines.Describe(World.Plan.Topology, vm, new Protocol.GuestSpec(World.Plan.Workload.Kind, [])).Devices;
        for (var device = 0; device < devices.Length; device++)
        {
            for (var port = 0; port < devices[device].Ports.Length; port++)
                ports.Add((vm, device, port));
        }

        return ports;
    }
}
