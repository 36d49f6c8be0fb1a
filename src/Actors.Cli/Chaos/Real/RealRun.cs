using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>
/// One seed of a plan on real processes: nodes and VMs begin; then faults fire; then all is repaired, and everything must be well within T4 of the plan; then the VMs are stopped, and
/// every byte that was written must be here.
/// </summary>
internal sealed class RealRun
{
    /// <summary>How long nodes and VMs may take to begin and to end, on a slow machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);

    private readonly Plan _plan;
    private readonly ulong _seed;
    private readonly TimeSpan _length;
    private readonly TimeSpan _more;
    private readonly Action<string> _tell;
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly RealVms _vms;
    private readonly Lock _gate = new();
    private readonly ClusterHop.Members?[] _members;
    private readonly ClusterHop.NodeState?[] _states;
    private RealCluster? _cluster;
    private string? _refusal;
    private TimeSpan _asked;
    private TimeSpan _healed;

    /// <summary>Makes the run of a seed.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="length">How long faults fire.</param>
    /// <param name="more">How much longer it goes on when none has fired by then.</param>
    /// <param name="tell">Takes a line about what happens.</param>
    public RealRun(Plan plan, ulong seed, TimeSpan length, TimeSpan more, Action<string> tell)
    {
        _plan = plan;
        _seed = seed;
        _length = length;
        _more = more;
        _tell = tell;
        _vms = new RealVms(plan, () => Now);
        _members = new ClusterHop.Members?[plan.Topology.Nodes];
        _states = new ClusterHop.NodeState?[plan.Topology.Nodes];
    }

    /// <summary>What the outside saw of the VMs.</summary>
    public RealVms Vms => _vms;

    /// <summary>Time from the last repair until all was well.</summary>
    public TimeSpan WellAfter { get; private set; }

    private TimeSpan Now => Stopwatch.GetElapsedTime(_began);

    /// <summary>Does it. Everything that it started is gone when it is over.</summary>
    public async Task<RunResult> RunAsync(CancellationToken stop)
    {
        await using var cluster = _cluster = RealCluster.Make(_plan, _seed, Hear, Log);
        await using var backends = _plan.Topology.Cluster.Unfenced ? (IRealBackends)new RealSockets(_vms, cluster.Folder) : new RealStreams(_vms, Log);
        cluster.Begin();
        var faults = new RealFaults(_plan, _seed, cluster, Log);
        var result = RunVerdict.Passed;
        string? note = null;
        try
        {
            if (!await UntilAsync(() => cluster.AreReady, Patience, stop, () => cluster.Watch(Now)).ConfigureAwait(false))
                (result, note) = (RunVerdict.Inconclusive, "the nodes didn't find each other in time");
            else if (!await UntilAsync(() => _vms.AreUp && _vms.LastOfSilentest > TimeSpan.Zero, Patience, stop, () => Begin(backends)).ConfigureAwait(false))
                (result, note) = (RunVerdict.Inconclusive, "the VMs didn't begin in time");
            else
                await ExperimentAsync(faults, backends, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            (result, note) = (RunVerdict.Inconclusive, "stopped");
        }

        if (_refusal is not null)
            _vms.Violate("L5", _refusal);
        if (cluster.Crash is { } crash)
            _vms.Violate(RunResult.DefectOracle, crash);
        if (backends.HasRefused)
            _vms.Mark("backend.fenced");
        if (cluster.HasWithheld)
            _vms.Mark("backend.withheld");
        if (cluster.Lost > 0)
            _vms.Mark("node.left");
        var violations = _vms.Violations;
        return new RunResult
        {
            Request = new RunRequest(_plan, _seed),
            Verdict = violations.IsEmpty ? result : RunVerdict.Failed,
            TraceHash = 0,
            Steps = 0,
            Events = 0,
            Virtual = Now,
            HealedAt = _healed,
            Violations = violations,
            Faults = [.. faults.Counts],
            Reached = _vms.Reached,
            Firings = [],
            Picks = [],
            Note = note,
        };
    }

    /// <summary>A node that the others put out while it joined is started anew here too.</summary>
    private void Begin(IRealBackends backends)
    {
        _cluster!.Watch(Now);
        Start(backends);
    }

    private async Task ExperimentAsync(RealFaults faults, IRealBackends backends, CancellationToken stop)
    {
        var begun = Now;
        await UntilAsync(() => faults.IsSpent && faults.IsHealed, _length, stop, Beat).ConfigureAwait(false);

        // An experiment without a fault shows nothing.
        if (faults.Fired == 0 && !_plan.Faults.IsEmpty)
            await UntilAsync(() => faults.Fired > 0 && faults.IsHealed, _more, stop, Beat).ConfigureAwait(false);
        faults.Heal();
        _healed = Now;
        Log("all is repaired");
        var isWell = await UntilAsync(() => Unwell() is null, _plan.Liveness.T4, stop, () => Look(backends)).ConfigureAwait(false);
        WellAfter = Now - _healed;
        if (!isWell)
            _vms.Violate("L5", string.Create(CultureInfo.InvariantCulture, $"{Unwell()}, {WellAfter.TotalSeconds:0.#} s after the last repair"));

        backends.Hurry();
        var asked = TimeSpan.Zero;
        var isOver = await UntilAsync(
            () => _vms.AreDown,
            Patience,
            stop,
            () =>
            {
                _cluster!.Watch(Now);
                if (asked != TimeSpan.Zero && Now - asked < AskAgain)
                    return;
                asked = Now;
                for (var vm = 0; vm < _vms.Count; vm++)
                    _cluster.Tell(Somebody(), new ClusterHop.StopVm(new VmId(vm)));
            }).ConfigureAwait(false);
        if (!isOver && isWell)
            _vms.Violate("L4", $"a VM that was told to stop didn't end in {Patience.TotalSeconds:0} s");
        await UntilAsync(() => backends.IsDrained, Patience, stop).ConfigureAwait(false);
        _vms.Finish();

        void Beat()
        {
            faults.Tick(Now - begun);
            Look(backends);
        }
    }

    /// <summary>What isn't as L5 has it, or null.</summary>
    private string? Unwell()
    {
        var cluster = _cluster!;
        var nodes = new NodeSight[cluster.Count];
        var owners = new int[_vms.Count];

        // Who sends runs somewhere; whether anything runs that doesn't send is seen by the nodes' own counts.
        for (var vm = 0; vm < owners.Length; vm++)
            owners[vm] = _vms.LastByteOf(vm) < _healed ? 0 : 1;
        int? guests = 0;
        lock (_gate)
        {
            for (var node = 0; node < nodes.Length; node++)
            {
                nodes[node] = new NodeSight(cluster.IsReady(node), _members[node] is { } seen ? Bits(seen.Up) : null, Bits(_members[node]?.Unreachable ?? []));
                guests += _states[node]?.Vms;
            }
        }

        if (MembershipRules.Settled(nodes, owners) is { } wrong)
            return wrong;
        return guests == _vms.Count ? null : guests is null ? "not all nodes say how many guests they run" : $"the nodes run {guests} guests, and there are {_vms.Count} VMs";
    }

    private uint Bits(ImmutableArray<string> addresses)
    {
        var bits = 0u;
        foreach (var address in addresses)
        {
            if (_cluster!.Network.NodeOf(address) is >= 0 and var node)
                bits |= 1u << node;
        }

        return bits;
    }

    /// <summary>Looks after processes and VMs, and asks the nodes whom they see.</summary>
    private void Look(IRealBackends backends)
    {
        var cluster = _cluster!;
        cluster.Watch(Now);
        if (Now - _asked < AskAgain / 2)
            return;
        lock (_gate)
        {
            Array.Clear(_members);
            Array.Clear(_states);
        }

        for (var node = 0; node < cluster.Count; node++)
        {
            cluster.Tell(node, new ClusterHop.ReadMembers());
            cluster.Tell(node, new ClusterHop.ReadNode());
        }

        Start(backends);
    }

    /// <summary>Asks for VMs that nobody has announced, or of which nothing came for a while: where all nodes went, nobody else knows of them.</summary>
    private void Start(IRealBackends backends)
    {
        if (_asked != TimeSpan.Zero && Now - _asked < AskAgain / 2)
            return;
        _asked = Now;
        var cluster = _cluster!;
        for (var vm = 0; vm < _vms.Count; vm++)
        {
            if (_vms.NodeOf(vm) is null || Now - _vms.LastByteOf(vm) > Quiet)
                cluster.Tell(Somebody(), new ClusterHop.StartVm(RealPlan.SpecOf(_plan, new VmId(vm), backends.PortOf(new VmId(vm))), _plan.Topology.Placement, cluster.Observer));
        }
    }

    private int Somebody()
    {
        var cluster = _cluster!;
        var first = (int)((ulong)Now.Ticks % (ulong)cluster.Count);
        for (var i = 0; i < cluster.Count; i++)
        {
            if (cluster.IsRunning((first + i) % cluster.Count))
                return (first + i) % cluster.Count;
        }

        return first;
    }

    private void Hear(object message, Akka.Actor.IActorRef sender)
    {
        switch (message)
        {
            case ClusterHop.VmUp up:
                var (guest, service) = (NodeOf(up.GuestNode), NodeOf(up.ServiceNode));
                if (_vms.TakeUp(up, guest))
                    Log($"VM {up.Vm.Value} runs on node {guest}{(guest == service ? "" : $", its services on node {service},")} with token {up.Fence.Value}{(up.Lost is null ? "" : $", after {up.Lost.BytesInFlight} bytes were in flight on {up.Lost.Node}")}");
                sender.Tell(up.Seen(), Akka.Actor.ActorRefs.NoSender);
                break;
            case ClusterHop.VmDown down:
                _vms.TakeDown(down);
                sender.Tell(down.Seen(), Akka.Actor.ActorRefs.NoSender);
                break;
            case MachineHop.VmRefused refused:
                _refusal ??= $"a node refused VM {refused.Vm.Value}: {refused.Reason}";
                break;
            case ClusterHop.Members members:
                if (NodeOf(members.Node) is >= 0 and var sees)
                {
                    lock (_gate)
                        _members[sees] = members;
                }

                break;
            case ClusterHop.NodeState state:
                if (NodeOf(state.Node) is >= 0 and var says)
                {
                    lock (_gate)
                        _states[says] = state;
                }

                break;
            default:
                break;
        }
    }

    private int NodeOf(string address) => _cluster?.Network.NodeOf(address) ?? -1;

    private async Task<bool> UntilAsync(Func<bool> isDone, TimeSpan most, CancellationToken stop, Action? each = null)
    {
        var begun = Now;
        using var beat = new PeriodicTimer(RealFaults.Beat);
        while (true)
        {
            each?.Invoke();
            if (isDone())
                return true;
            if (Now - begun > most)
                return false;
            await beat.WaitForNextTickAsync(stop).ConfigureAwait(false);
        }
    }

    private void Log(string line) => _tell(string.Create(CultureInfo.InvariantCulture, $"{Now.TotalSeconds,7:0.0} s  {line}"));
}
