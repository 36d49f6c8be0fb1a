using System.Collections.Immutable;
using Actors.Cluster;
using Actors.Guest;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>A machine in the deterministic world.</summary>
internal sealed class SimulatedHost : IMachineHost
{
    /// <summary>What is owed to a driver that keeps to the rules: its chains are used, its bytes arrive.</summary>
    private static readonly string[] OwedToDrivers = ["L3", "L4"];

    private const string User = "/user/";

    private readonly MachineOrder _order;
    private readonly SimHost _host;
    private readonly SimSession _session;

    public SimulatedHost(MachineOrder order, SimHost host)
    {
        _order = order;
        _host = host;
        _session = new SimSession(host, new RunRequest(order.Plan, order.Seed)
        {
            Workload = new Workload(order),
            Observers = order.HasProbes ? [.. order.Oracles, new HopObserver(order.Recording.Add)] : order.Oracles,
            Clients = order.Clients,
            Devices = order.Devices.Catalog,
            Links = order.HasProbes ? order.Gate.InFrontOf : null,
            Backends = order.Open,
            Flaw = order.Flaw,
            Script = order.Replayed?.Script,
            RecordsChoices = true,
        });
        order.Memory.Add(new SimMemoryDirectory(World, World.Ram, MemoryUser.Guest).Find);
    }

    /// <summary>Nodes take each other for lost after seconds of silence, and agree on it for seconds more.</summary>
    public TimeSpan Patience => TimeSpan.FromSeconds(World.Cluster is null ? 5 : 30);

    public TimeSpan Now => World.Now;

    public string? Trouble => World.Refused.Count > 0 ? World.Refused.Values.First()
        : World.Mismatch is { } mismatch ? $"the run isn't the one of its log: {mismatch}"
        : World.Violations.Count > 0 ? Sentence(World.Violations[0])
        : _host.Foreign is { } foreign ? $"a thread from outside scheduled an actor: {foreign}" : null;

    public bool IsEnded => World.AllEnded;

    public string? Divergence => _order.Replayed is not { } log || World.Trace.Hash == log.TraceHash ? null
        : World.Mismatch ?? World.Faults.Mismatch ?? "no choice differs, so the test or the program isn't the one that wrote the log";

    /// <summary>Hash of everything that happened so far.</summary>
    public ulong TraceHash => World.Trace.Hash;

    private World World => _session.World;

    /// <summary>Number of the machine: on several nodes each incarnation has its own.</summary>
    private int Number => World.Cluster is { } cluster ? Math.Max(cluster.NewestOf(0), 0) : 0;

    public ChoiceLog? LogSoFar(string what) => new(_order.Plan.Name, PlanFile.Write(_order.Plan), _order.Seed, World.ScriptSoFar)
    {
        Flaw = _order.Flaw, Oracle = "test", What = what.ReplaceLineEndings(" "), TraceHash = World.Trace.Hash, Test = _order.Origin.Test, Machine = _order.Origin.Number,
    };

    public void Launch()
    {
        // The launcher is one of the world's actors: it asks as soon as the world is stepped.
    }

    public void Booted() => World.BeginFaults();

    public bool Wait(Func<bool> isSo, TimeSpan within) => _session.RunUntil(isSo, within);

    /// <summary>Between two steps nothing runs: what the actors have is read where it is, without a message.</summary>
    public InspectNode? Inspect()
    {
        var states = ImmutableArray.CreateBuilder<InspectHop.State>();
        var machine = Number;
        foreach (var actor in World.Actors)
        {
            if (actor is { IsOver: false, IsDead: false } && World.Trace.RoleOf(actor.Number).Vm == machine && actor.Instance is IInspectable inspectable)
                states.Add(new InspectHop.State(0, WithoutNode(actor.Reference.Path.ToStringWithoutAddress()[User.Length..]), inspectable.Inspect(), []));
        }

        return new MachineState(new VmId(machine), states.ToImmutable(), []).Tree();
    }

    public bool WaitForState(Func<InspectNode?, bool> isSo, TimeSpan within) => _session.RunUntil(() => isSo(Inspect()), within);

    public void Nudge(int vcpu) => _session.Act(() =>
    {
        foreach (var actor in World.Actors)
        {
            if (actor is { IsOver: false, IsDead: false } && World.Trace.RoleOf(actor.Number) is { Part: ActorPart.Vcpu } role && role.Index == vcpu && role.Vm == Number)
                actor.Reference.Tell(VcpuNudge.Instance, Akka.Actor.ActorRefs.NoSender);
        }
    });

    public void Act(Action action) => _session.Act(action);

    public void Break(FaultRule rule) => _session.Act(() => World.Break(rule));

    public void Crash(SimPart part, Bdf device, int port) => Break(SimFaultRules.CrashNow(part, Number, device, port, World.Plan));

    public string PathOf(SimPart part, Bdf device, int port)
    {
        var path = MachinePaths.Of(part, Number, device, port);
        return World.Cluster is { } cluster && cluster.NodeOfMachine(Number) is >= 0 and var node ? cluster.Nodes[node].Prefix + path : path;
    }

    /// <summary>A fault like any other: oracles know of it, recordings and logs have it, and the node comes back when all is healed at the end.</summary>
    public void CrashNode()
    {
        if (World.Cluster is not { } cluster)
            throw new NotSupportedException("A machine of the simulated world is alone on one node: boot it on more with Nodes(3).");
        var alive = cluster.Nodes.Count(node => node.IsAlive);
        if (alive - 1 <= cluster.Nodes.Length / 2)
            throw new InvalidOperationException($"Of {cluster.Nodes.Length} nodes {alive} are left, and without one more they are no majority. Ask for more with Nodes({(2 * (cluster.Nodes.Length - alive)) + 3}).");
        if (cluster.IsGone(Number))
            throw new InvalidOperationException("No node has the machine: it is not up, or on its way elsewhere.");
        Break(SimFaultRules.CrashNode(cluster.NodeOfMachine(Number), World.Plan));
    }

    public IReadOnlyList<string> Finish(bool isHostile)
    {
        if (isHostile)
            World.Mute(OwedToDrivers);
        try
        {
            return [.. _session.Finish().Violations.Select(Sentence)];
        }
        catch (WorldStuckException stuck)
        {
            return [stuck.Message];
        }
    }

    public void Dispose() => _session.Dispose();

    /// <summary>Path of an actor without the node in its root's name.</summary>
    private static string WithoutNode(string path)
    {
        var end = path.IndexOf('/', StringComparison.Ordinal);
        SimNode.Parse(end < 0 ? path : path[..end], out var room);
        return end < 0 ? room : room + path[end..];
    }

    private static string Sentence(Violation violation) => $"{violation.Oracle} at {HopText.Time(TimeSpan.FromTicks(violation.Moment.Ticks))}: {violation.What}";

    /// <summary>The test is the workload: it is done whenever the test is.</summary>
    private sealed class Workload(MachineOrder order) : IWorkload
    {
        public string Kind => "test";

        public string Summary => "A test plays the guest and the outside.";

        public ImmutableArray<(string Name, string Meaning)> Options => [];

        public string? Validate(Plan plan) => null;

        public WorkloadRun Begin(World world) => new Run(world, order);
    }

    private sealed class Run(World world, MachineOrder order) : WorkloadRun(world)
    {
        public override IGuestCatalog Guests => order.Guests;

        public override bool IsDone => true;

        public override VmSpec Describe(int vm) => order.Describe(vm);

        protected override GuestSpec GuestOf(int vm) => order.Guest;
    }
}
