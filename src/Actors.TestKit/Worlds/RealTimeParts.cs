using System.Collections.Concurrent;
using System.Diagnostics;
using Actors.DeviceModel;
using Actors.Protocol;
using Actors.Simulation;
using Akka.Actor;

namespace Actors.TestKit;

/// <summary>What the kit puts into the rooms of real nodes: the recorder, the gate in front of the links, crash points, backends.</summary>
internal sealed class RealTimeParts(MachineOrder order) : IPortBackendFactory
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly RealTimeFaults _faults = new(order);
    private readonly ConcurrentDictionary<Address, string> _prefixes = [];

    /// <summary>Time since the world began.</summary>
    public TimeSpan Now => Stopwatch.GetElapsedTime(_began);

    /// <summary>What every actor of a node gets.</summary>
    public RoomServices Change(RoomServices services, ActorSystem system, string node)
    {
        order.Gate.Scheduler ??= system.Scheduler;
        _faults.Clock = () => Now;
        if (node.Length > 0)
        {
            _prefixes[((ExtendedActorSystem)system).Provider.DefaultAddress] = $"n{node[(node.LastIndexOf('-') + 1)..]}-";
            _faults.PrefixOf = PrefixOf;
        }

        order.Memory.Add(services.Memory.Find);
        return services with { Trace = new HopTrace(this, order.Recording, services.Trace, node), Links = order.Gate, Crashes = _faults };
    }

    /// <summary>The machine, its ports held by the test.</summary>
    public VmSpec Describe(int vm)
    {
        var spec = order.Describe(vm);
        return spec with { Devices = [.. spec.Devices.Select(device => device with { Ports = [.. device.Ports.Select(InMemory)] })] };
    }

    /// <summary>Lets faults strike.</summary>
    public void Arm(IEnumerable<FaultRule> rules)
    {
        foreach (var rule in rules)
            _faults.Arm(rule);
    }

    /// <inheritdoc/>
    public IPortBackend Open(ConsolePortSpec port, IPortBackendEvents events, BackendOwner owner)
    {
        var (vm, device, index) = MachineNames.Parse(port.Name);
        var backend = order.Open(port, events) ?? throw new BackendOpenException($"port '{port.Name}' has no backend.");
        return new RecordedBackend(backend, new VmId(vm), MachineNames.Function(device), index, happened => order.Recording.Stamp(happened, Now));
    }

    private string PrefixOf(IActorRef actor) =>
        _prefixes.GetValueOrDefault(actor.Path.Address.HasGlobalScope ? actor.Path.Address : ((IInternalActorRef)actor).Provider.DefaultAddress, string.Empty);

    private static ConsolePortSpec InMemory(ConsolePortSpec port) => port with { Backend = BackendKind.Memory, Policy = port.Policy ?? PortPolicy.Block };

    /// <summary>Steps become events, beside whoever else watches.</summary>
    private sealed class HopTrace(RealTimeParts parts, Recording recording, PathTrace? other, string node) : PathTrace
    {
        public override void Record(in PathStep step)
        {
            other?.Record(step);
            Take(HopEventMaker.Of(step));
        }

        public override void Record(in SlotStep step)
        {
            other?.Record(step);
            Take(HopEventMaker.Of(step));
        }

        public override void Record(in DropStep step)
        {
            other?.Record(step);
            Take(HopEventMaker.Of(step));
        }

        public override void Record(in LifeStep step)
        {
            other?.Record(step);
            Take(HopEventMaker.Of(step));
        }

        public override void Taken(VmId vm, long bytes) => other?.Taken(vm, bytes);

        public override void Faulted(VmId vm, long count) => other?.Faulted(vm, count);

        private void Take(HopEvent happened) => recording.Stamp(node.Length == 0 ? happened : happened with { Node = node }, parts.Now);
    }
}
