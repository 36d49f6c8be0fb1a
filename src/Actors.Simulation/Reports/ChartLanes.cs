using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>The lanes of a chart: actors and backends, by node and VM, from the vCPU to the backend.</summary>
internal sealed class ChartLanes
{
    private readonly List<Lane> _lanes = [];
    private readonly int[] _ofActor;
    private readonly Dictionary<BackendKey, int> _ofBackend = [];
    private readonly Dictionary<string, int> _ofName = new(StringComparer.Ordinal);

    /// <summary>Makes the lanes of a trace.</summary>
    public ChartLanes(TraceRecording trace)
    {
        var found = new List<Found>();
        var nodes = new Dictionary<int, int>();
        for (var i = 0; i < trace.Actors.Length; i++)
        {
            var role = ActorRole.Of(trace.Actors[i]);
            var parts = trace.Actors[i].Split('/');
            var node = SimNode.Parse(parts[0], out var room);
            if (role.Part is ActorPart.DeviceModel or ActorPart.Device or ActorPart.Port)
                nodes[role.Vm] = node;
            var isRoom = parts.Length == 1 || parts[^1].StartsWith("vm-", StringComparison.Ordinal);
            var lane = new Lane(isRoom ? Room(room) : parts[^1], role.Vm < 0 ? "node" : VmName(role.Vm), node < 0 ? null : Text($"node {node}"));
            found.Add(new Found(node, role.Vm, Rank(role.Part), (Math.Max(0, role.Device) * 100) + role.Index, i, lane));
        }

        var backends = Backends(trace);
        for (var i = 0; i < backends.Count; i++)
        {
            var key = backends[i];
            var node = nodes.GetValueOrDefault(key.Vm, -1);
            var lane = new Lane(key.Name is null ? Text($"backend {key.Port}") : $"backend {key.Name}", VmName(key.Vm), node < 0 ? null : Text($"node {node}"));
            found.Add(new Found(node, key.Vm, Rank(ActorPart.Port) + 1, (Bdf.FromRequesterId(key.Device).Device * 100) + key.Port, -1 - i, lane));
        }

        _ofActor = new int[trace.Actors.Length];
        foreach (var one in found.OrderBy(one => one.Node).ThenBy(one => one.Vm).ThenBy(one => one.Rank).ThenBy(one => one.Index).ThenBy(one => one.Actor))
        {
            if (one.Actor < 0)
            {
                _ofBackend[backends[-1 - one.Actor]] = _lanes.Count;
            }
            else
            {
                // An actor made again under its name goes on in its lane.
                if (_ofName.TryGetValue(trace.Actors[one.Actor], out var known))
                {
                    _ofActor[one.Actor] = known;
                    continue;
                }

                _ofName[trace.Actors[one.Actor]] = _lanes.Count;
                _ofActor[one.Actor] = _lanes.Count;
            }

            _lanes.Add(one.Lane);
        }
    }

    /// <summary>All, in order.</summary>
    public IReadOnlyList<Lane> All => _lanes;

    /// <summary>Whether messages were recorded; else steps of the path alone say who did what.</summary>
    public bool HasMessages { get; private set; }

    /// <summary>Lane of an actor's number, or -1.</summary>
    public int Of(int actor) => (uint)(actor - World.FirstActor) < (uint)_ofActor.Length ? _ofActor[actor - World.FirstActor] : -1;

    /// <summary>Lane of an actor's name, or -1.</summary>
    public int Of(string actor) => _ofName.GetValueOrDefault(actor, -1);

    /// <summary>Lane of a backend, or -1.</summary>
    public int Of(in BackendEvent happened) => _ofBackend.GetValueOrDefault(HasMessages ? KeyOf(happened) : NamedKeyOf(happened), -1);

    /// <summary>Lane of the backend that a step of the path moved bytes of, or -1.</summary>
    public int OfBackend(in PathStep step) => OfBackend(step.Vm, step.Name);

    /// <summary>Lane of the backend of a port, or -1.</summary>
    public int OfBackend(VmId vm, string? port) => _ofBackend.GetValueOrDefault(new BackendKey(vm.Value, 0, 0, port ?? string.Empty), -1);

    /// <summary>Backends in the order in which something happened at them. Where worlds record them, they have numbers; else the names of their ports.</summary>
    private List<BackendKey> Backends(TraceRecording trace)
    {
        var numbered = new List<BackendKey>();
        var named = new List<BackendKey>();
        var seen = new HashSet<BackendKey>();
        foreach (var recorded in trace.Events)
        {
            switch (recorded.Event)
            {
                case BackendEvent happened:
                    if (seen.Add(KeyOf(happened)))
                        numbered.Add(KeyOf(happened));
                    if (seen.Add(NamedKeyOf(happened)))
                        named.Add(NamedKeyOf(happened));
                    break;
                case PathStep { Hop: PathHop.BackendWrite or PathHop.BackendRead } step when new BackendKey(step.Vm.Value, 0, 0, step.Name ?? string.Empty) is var key && seen.Add(key):
                    named.Add(key);
                    break;
                case ReceiveEvent:
                    HasMessages = true;
                    break;
                default:
                    break;
            }
        }

        return HasMessages ? numbered : named;
    }

    private static BackendKey KeyOf(in BackendEvent happened) => new(happened.Vm.Value, happened.Device.RequesterId, happened.Port, null);

    /// <summary>The same with the port's name, as steps of the path have it.</summary>
    private static BackendKey NamedKeyOf(in BackendEvent happened) =>
        new(happened.Vm.Value, 0, 0, MachineNames.Port(happened.Vm.Value, happened.Device.Device - MachineNames.Function(0).Device, happened.Port));

    private static string VmName(int vm) => Text($"vm-{vm}");

    private static string Room(string name) => name switch
    {
        "device-model" => "device model",
        "hsm" => "HSM",
        _ => name,
    };

    private static int Rank(ActorPart part) => part switch
    {
        ActorPart.Vcpu => 0,
        ActorPart.Hypervisor or ActorPart.HypervisorRoot => 1,
        ActorPart.Hsm or ActorPart.HsmRoot => 2,
        ActorPart.DeviceModel or ActorPart.DeviceModelRoot => 3,
        ActorPart.Device => 4,
        ActorPart.Port => 5,
        _ => -1,
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A lane.</summary>
    /// <param name="Name">What stands above it.</param>
    /// <param name="Of">Whose it is.</param>
    /// <param name="Node">Which node's; null where there is one.</param>
    internal sealed record Lane(string Name, string Of, string? Node);

    private readonly record struct BackendKey(int Vm, ushort Device, int Port, string? Name);

    private readonly record struct Found(int Node, int Vm, int Rank, int Index, int Actor, Lane Lane);
}
