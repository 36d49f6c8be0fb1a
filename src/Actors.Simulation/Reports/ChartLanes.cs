using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>The lanes of a chart: actors and backends, by VM, from the vCPU to the backend.</summary>
internal sealed class ChartLanes
{
    private readonly List<Lane> _lanes = [];
    private readonly int[] _ofActor;
    private readonly Dictionary<(VmId Vm, ushort Device, int Port), int> _ofBackend = [];
    private readonly Dictionary<string, int> _ofName = new(StringComparer.Ordinal);

    /// <summary>Makes the lanes of a trace.</summary>
    public ChartLanes(TraceRecording trace)
    {
        var found = new List<(int Rank, int Vm, int Index, int Actor, Lane Lane)>();
        for (var i = 0; i < trace.Actors.Length; i++)
        {
            var role = ActorRole.Of(trace.Actors[i]);
            var parts = trace.Actors[i].Split('/');
            found.Add((Rank(role.Part), role.Vm, (role.Device * 100) + role.Index, i, new Lane(parts[^1].StartsWith("vm-", StringComparison.Ordinal) || parts.Length == 1 ? Room(parts[0]) : parts[^1], role.Vm < 0 ? "node" : Text($"vm-{role.Vm}"))));
        }

        var ports = new List<(VmId Vm, ushort Device, int Port)>();
        foreach (var recorded in trace.Events)
        {
            if (recorded.Event is BackendEvent happened && Key(happened) is var key && !ports.Contains(key))
                ports.Add(key);
        }

        for (var i = 0; i < ports.Count; i++)
        {
            var (vm, device, port) = ports[i];
            found.Add((Rank(ActorPart.Port) + 1, vm.Value, (Bdf.FromRequesterId(device).Device * 100) + port, -1 - i, new Lane(Text($"backend {port}"), Text($"vm-{vm.Value}"))));
        }

        _ofActor = new int[trace.Actors.Length];
        foreach (var (_, _, _, actor, lane) in found.OrderBy(one => one.Vm).ThenBy(one => one.Rank).ThenBy(one => one.Index).ThenBy(one => one.Actor))
        {
            if (actor < 0)
            {
                _ofBackend[ports[-1 - actor]] = _lanes.Count;
            }
            else
            {
                // An actor made again under its name goes on in its lane.
                if (_ofName.TryGetValue(trace.Actors[actor], out var known))
                {
                    _ofActor[actor] = known;
                    continue;
                }

                _ofName[trace.Actors[actor]] = _lanes.Count;
                _ofActor[actor] = _lanes.Count;
            }

            _lanes.Add(lane);
        }
    }

    /// <summary>All, in order.</summary>
    public IReadOnlyList<Lane> All => _lanes;

    /// <summary>Lane of an actor's number, or -1.</summary>
    public int Of(int actor) => (uint)(actor - World.FirstActor) < (uint)_ofActor.Length ? _ofActor[actor - World.FirstActor] : -1;

    /// <summary>Lane of an actor's name, or -1.</summary>
    public int Of(string actor) => _ofName.GetValueOrDefault(actor, -1);

    /// <summary>Lane of a backend, or -1.</summary>
    public int Of(in BackendEvent happened) => _ofBackend.GetValueOrDefault(Key(happened), -1);

    private static (VmId, ushort, int) Key(in BackendEvent happened) => (happened.Vm, happened.Device.RequesterId, happened.Port);

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
    internal sealed record Lane(string Name, string Of);
}
