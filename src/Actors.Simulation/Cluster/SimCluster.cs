using System.Collections.Immutable;
using Actors.Cluster;
using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// The logical nodes of a world, what is between them, and the books on which incarnation of which VM was where. An incarnation has a machine number of its own: so
/// oracles judge each machine by itself, and this one's books say what they are of each other.
/// </summary>
internal sealed class SimCluster
{
    private readonly World _world;
    private readonly Machine?[] _machines;
    private readonly int[] _incarnations;
    private readonly bool[] _isDown;
    private readonly Dictionary<(int Vm, int Device, int Port), Outlet> _outlets = [];

    /// <summary>Makes the nodes; they begin with <see cref="Start"/>.</summary>
    public SimCluster(World world)
    {
        _world = world;
        var topology = world.Plan.Topology;
        var plan = topology.Cluster;
        Times = new ClusterTimes(plan.Heartbeat.Ticks, plan.Detection.Ticks, plan.StableAfter.Ticks);
        Nodes = [.. Enumerable.Range(0, topology.Nodes).Select(node => new SimNode(node, new NodeClock(world.Host.Scheduler)))];
        Network = new SimNetwork(world, this, topology.Nodes, plan.Network);
        _machines = new Machine?[topology.Machines];
        _incarnations = new int[topology.Vms];
        _isDown = new bool[topology.Vms];
    }

    /// <summary>The nodes.</summary>
    public ImmutableArray<SimNode> Nodes { get; }

    /// <summary>What is between them.</summary>
    public SimNetwork Network { get; }

    /// <summary>Times of the cluster.</summary>
    public ClusterTimes Times { get; }

    /// <summary>Whether every VM has ended.</summary>
    public bool AllDown => Array.TrueForAll(_isDown, static down => down);

    /// <summary>The node of an actor's number, or -1.</summary>
    public int NodeOf(int actor) => _world.ActorOf(actor)?.Node ?? -1;

    /// <summary>VM of a machine.</summary>
    public int VmOf(int machine) => _world.Plan.Topology.VmOf(machine);

    /// <summary>Token of a machine, or 0.</summary>
    public ulong TokenOf(int machine) => (uint)machine < (uint)_machines.Length && _machines[machine] is { } known ? known.Token : 0;

    /// <summary>The token with which a machine may go on: its own, or one above what a backend remembers.</summary>
    public ulong FenceOf(int machine) => (uint)machine < (uint)_machines.Length && _machines[machine] is { } known ? known.Fence : 0;

    /// <summary>A machine is given a higher token.</summary>
    public void Raise(int machine, ulong fence)
    {
        if (_machines[machine] is not { } known || known.Fence >= fence)
            return;
        known.Fence = fence;
        _world.Mark("token.raised");
    }

    /// <summary>The machine that a token of a VM stands for, or -1.</summary>
    public int MachineOf(int vm, ulong token)
    {
        for (var i = _incarnations[vm] - 1; i >= 0; i--)
        {
            var machine = (vm * PlanTopology.MaxIncarnations) + i;
            if (FenceTokens.HomeOf(_machines[machine]!.Token) == FenceTokens.HomeOf(token))
                return machine;
        }

        return -1;
    }

    /// <summary>The node on which a machine runs or ran, or -1.</summary>
    public int NodeOfMachine(int machine) => (uint)machine < (uint)_machines.Length && _machines[machine] is { } known ? known.Node : -1;

    /// <summary>Whether a machine is gone with its process, or never was: nobody is owed anything by it.</summary>
    public bool IsGone(int machine) => (uint)machine >= (uint)_machines.Length || _machines[machine] is not { IsGone: false };

    /// <summary>Whether a VM has ended for good.</summary>
    public bool IsDown(int vm) => _isDown[vm];

    /// <summary>The newest machine of a VM, or -1.</summary>
    public int NewestOf(int vm) => _incarnations[vm] == 0 ? -1 : (vm * PlanTopology.MaxIncarnations) + _incarnations[vm] - 1;

    /// <summary>Begins a node's next life.</summary>
    public void Start(SimNode node)
    {
        node.Life++;
        node.IsAlive = true;
        node.Pauses = 0;
        node.Actors.Clear();
        _world.Trace.Cluster(new ClusterEvent(ClusterEventKind.NodeStarted, node.Index, Other: node.Life));
        _world.Compose(node);
    }

    /// <summary>The core of a node's member, in this life.</summary>
    public MemberCore CoreOf(SimNode node, IMemberEffects effects)
    {
        var flaw = _world.Flaw;
        var topology = _world.Plan.Topology;
        var leases = topology.Cluster.Unfenced || topology.RaisesTokens ? new MemberLeases(node, Times, topology.Cluster.Unfenced, effects) : null;
        return new MemberCore(
            node.Index, node.Life, Nodes.Length, _isDown.Length, node.Version, Times, node.Clock.GetTimestamp,
            flaw?.Find<SplitDecision>() ?? new SplitDecision(), flaw?.Find<TokenRegisterMaker>()?.Make(_isDown.Length) ?? new TokenRegister(_isDown.Length), effects, leases);
    }

    /// <summary>An actor was made: whose is it?</summary>
    public void Adopted(SimActor actor)
    {
        var path = actor.Reference.Path;
        while (path.Depth > 2)
            path = path.Parent;
        var index = SimNode.Parse(path.Name, out _);
        if (index < 0)
            return;
        actor.Node = index;
        var node = Nodes[index];
        node.Actors.Add(actor);
        if (node.Slowness > 0)
            actor.Slowness = node.Slowness;
    }

    /// <summary>A node for the service side of a VM whose guest is on another, which thinks that it is there; -1: none.</summary>
    public int ServiceFor(SimNode guest, int machine, int not)
    {
        var roles = _world.Plan.Topology.Roles;
        for (var i = 1; i <= Nodes.Length; i++)
        {
            var node = (guest.Index + i + VmOf(machine)) % Nodes.Length;
            if (node != guest.Index && node != not && (roles.IsEmpty || roles[node] != PlanRole.Guest)
                && guest.Core![node].IsMember && (guest.Core.Unreachable & (1u << node)) == 0 && Nodes[node].Life == guest.Core[node].Life)
                return node;
        }

        return -1;
    }

    /// <summary>Whether guest and service side are on different nodes.</summary>
    public bool IsSplit => _world.Plan.Topology.Placement == VmPlacement.Split;

    /// <summary>Whether a node may run guests.</summary>
    public bool HostsGuests(int node) =>
        _world.Plan.Topology.Roles is var roles && (roles.IsEmpty || roles[node] == PlanRole.Both || (IsSplit && roles[node] == PlanRole.Guest));

    /// <summary>Description of a machine.</summary>
    public VmSpec SpecOf(int machine) => _world.SpecOf(machine)!;

    /// <summary>Something noteworthy happened.</summary>
    public void Mark(string point) => _world.Mark(point);

    /// <summary>An incarnation begins. Null: the VM has had as many as a run may have.</summary>
    public VmSpec? Begin(SimNode node, int vm, ulong token)
    {
        if (_incarnations[vm] == PlanTopology.MaxIncarnations || _isDown[vm])
            return null;
        var machine = (vm * PlanTopology.MaxIncarnations) + _incarnations[vm]++;
        _machines[machine] = new Machine(node.Index, token);
        var spec = _world.Describe(machine);
        if (_incarnations[vm] > 1)
            _world.Mark("vm.taken-over");
        _world.Trace.Cluster(new ClusterEvent(ClusterEventKind.MachineBegun, node.Index, vm, machine, token));
        return spec;
    }

    /// <summary>A machine has ended.</summary>
    public void Ended(SimNode node, MachineHop.VmEnded ended)
    {
        _ = node;
        _world.Over(ended);
        if (_machines[ended.Vm.Value] is { } machine)
            machine.IsGone = true;
    }

    /// <summary>A machine isn't there any more, and nobody can say how it ended.</summary>
    public void Gone(int machine)
    {
        if (_machines[machine] is { } known)
            known.IsGone = true;
    }

    /// <summary>A machine could not be made.</summary>
    public void Refused(SimNode node, MachineHop.VmRefused refused)
    {
        _ = node;
        if (_machines[refused.Vm.Value] is { } machine)
            machine.IsGone = true;
    }

    /// <summary>A member tells something.</summary>
    public void Told(SimNode node, ClusterEventKind kind, int vm, ulong token, int other)
    {
        if (kind == ClusterEventKind.Ended)
            _isDown[vm] = true;
        else if (kind == ClusterEventKind.NodeLeft)
            _world.Mark("node.left");
        _world.Trace.Cluster(new ClusterEvent(kind, node.Index, vm, vm < 0 ? -1 : MachineOf(vm, token), token, other));
    }

    /// <summary>By a flaw, VMs that are handed over go on where they were.</summary>
    public bool IsHasty => _world.Flaw?.Find<HastyHandOver>() is not null;

    /// <summary>A decision on a split is taken; what does an experiment make of it?</summary>
    public bool Decides(SimNode node, uint members, uint reachable, bool survives)
    {
        var decided = _world.Faults.HasDecisionRules ? _world.Faults.AtDecision(node, survives) : survives;
        _world.Trace.Cluster(new ClusterEvent(decided ? ClusterEventKind.Survived : ClusterEventKind.Yielded, node.Index, Token: members, Other: (int)reachable));
        return decided;
    }

    /// <summary>What is behind a port.</summary>
    public Outlet OutletOf(int machine, int device, int port, BackendKind kind)
    {
        var isUnfenced = _world.Plan.Topology.Cluster.Unfenced;
        var tells = !isUnfenced && PlanTopology.Remembers(kind);
        var key = (VmOf(machine), device, port);
        if (!_outlets.TryGetValue(key, out var outlet))
            _outlets.Add(key, outlet = _world.Flaw?.Find<OutletMaker>()?.Make(tells) ?? (isUnfenced ? new OpenOutlet() : new Outlet { Tells = tells }));
        return outlet;
    }

    /// <summary>The lease of the node on which a machine is, where backends know no tokens; else null.</summary>
    public IOwnerLease? LeaseOf(int machine) =>
        _world.Plan.Topology.Cluster.Unfenced && NodeOfMachine(machine) is >= 0 and var node && _world.Flaw?.Find<UncheckedLease>() is null ? Nodes[node].Lease : null;

    /// <summary>A member's process ends itself, and is begun again after a while.</summary>
    public void Leave(SimNode node)
    {
        Crash(node);
        Restart(node, _world.Plan.Topology.Cluster.Restart.Ticks);
    }

    /// <summary>A process is gone, at once and with all that it knew.</summary>
    public void Crash(SimNode node)
    {
        if (!node.IsAlive)
            return;
        node.IsAlive = false;
        foreach (var actor in node.Actors)
            _world.Host.Kill(actor);
        _world.Host.Scheduler.ForgetTimers(reference => _world.Find(reference) is { IsDead: true });
        foreach (var machine in _machines)
        {
            if (machine is { IsGone: false } && machine.Node == node.Index)
                machine.IsGone = true;
        }

        _world.Trace.Cluster(new ClusterEvent(ClusterEventKind.NodeCrashed, node.Index, Other: node.Life));
    }

    /// <summary>A process begins again after a time.</summary>
    public void Restart(SimNode node, long after)
    {
        var life = node.Life;
        _world.At(TimeSpan.FromTicks(_world.Now.Ticks + after), () =>
        {
            if (!node.IsAlive && node.Life == life)
                Start(node);
        });
    }

    /// <summary>A node does nothing from now on; what comes waits.</summary>
    public void Pause(SimNode node)
    {
        if (node.Pauses++ > 0)
            return;
        foreach (var actor in node.Actors)
            _world.Host.Hold(actor);
        _world.Trace.Cluster(new ClusterEvent(ClusterEventKind.NodePaused, node.Index, Other: node.Life));
    }

    /// <summary>A paused node goes on, with what it had.</summary>
    public void Resume(SimNode node, int life)
    {
        if (node.Life != life || --node.Pauses > 0 || !node.IsAlive)
            return;
        foreach (var actor in node.Actors)
            _world.Host.Release(actor);
        _world.Trace.Cluster(new ClusterEvent(ClusterEventKind.NodeResumed, node.Index, Other: node.Life));
    }

    private sealed class Machine(int node, ulong token)
    {
        public int Node => node;

        public ulong Token => token;

        public ulong Fence
        {
            get => Math.Max(field, token);
            set;
        }

        public bool IsGone { get; set; }
    }
}

/// <summary>Hand-overs that don't wait; only a flaw has them.</summary>
internal sealed class HastyHandOver;

/// <summary>Backends are used without a look at the lease; only a flaw has it.</summary>
internal sealed class UncheckedLease;

/// <summary>Makes registers; only a flaw has one.</summary>
internal abstract class TokenRegisterMaker
{
    /// <summary>A node's replica.</summary>
    public abstract TokenRegister Make(int vms);
}

/// <summary>Makes what is behind backends; only a flaw has one.</summary>
internal abstract class OutletMaker
{
    /// <summary>What is behind one backend.</summary>
    /// <param name="tells">Whether it tells writers what it remembers.</param>
    public abstract Outlet Make(bool tells);
}
