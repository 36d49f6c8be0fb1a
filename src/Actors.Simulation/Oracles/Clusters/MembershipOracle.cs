using System.Numerics;

namespace Actors.Simulation;

/// <summary>L5: in the end the nodes agree, and each VM has one owner.</summary>
internal sealed class MembershipOracle : Oracle
{
    private long _wrong = -1;

    /// <inheritdoc/>
    public override string Id => "L5";

    /// <inheritdoc/>
    public override string Statement => "Of members that don't hear each other only those go on who hear at least half; and within T4 after the heal every node is a member of the one cluster, all know so, and every VM that has not ended runs on exactly one of them.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Cluster | WorldInterest.Fault;

    /// <inheritdoc/>
    public override bool Applies(Plan plan) => plan.Topology.Nodes > 1;

    /// <inheritdoc/>
    public override void OnFault(in Moment moment, in FaultEvent fault)
    {
        if (fault.Kind == FaultEventKind.Effective && World.Plan.Faults[fault.Rule].Do == "wrong-decision")
            _wrong = moment.Step;
    }

    /// <inheritdoc/>
    public override void OnCluster(in Moment moment, in ClusterEvent happened)
    {
        if (happened.Kind == ClusterEventKind.Survived && _wrong != moment.Step
            && BitOperations.PopCount((uint)happened.Other) * 2 < BitOperations.PopCount(happened.Token))
            Violate(moment, $"node {happened.Node} hears {BitOperations.PopCount((uint)happened.Other)} of {BitOperations.PopCount(happened.Token)} members, and goes on");
    }

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        if (phase != WorldPhase.End)
            return;
        var cluster = World.Cluster!;
        foreach (var node in cluster.Nodes)
        {
            if (!node.IsAlive || node.Core is not { } core)
            {
                Violate(moment, $"node {node.Index} isn't there, {Since} after the heal");
                return;
            }

            foreach (var other in cluster.Nodes)
            {
                if (core[other.Index] is not { IsMember: true } seen || seen.Life != other.Life)
                    Violate(moment, $"node {node.Index} takes node {other.Index} (life {other.Life}) for {core[other.Index].Status} (life {core[other.Index].Life}), {Since} after the heal");
            }

            if (core.Unreachable != 0)
                Violate(moment, $"node {node.Index} doesn't hear all others, {Since} after the heal");
        }

        for (var vm = 0; vm < World.Plan.Topology.Vms; vm++)
        {
            if (cluster.IsDown(vm))
                continue;
            var owners = 0;
            foreach (var node in cluster.Nodes)
            {
                if (node.Core!.Runs(vm) != 0)
                    owners++;
            }

            if (owners != 1)
                Violate(moment, $"VM {vm} runs on {owners} nodes, {Since} after the heal");
        }
    }

    private string Since => FormattableString.Invariant($"{(World.Now - World.HealedAt).TotalSeconds:0.###} s");
}
