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
        if (happened.Kind == ClusterEventKind.Survived && _wrong != moment.Step && MembershipRules.Survived(happened.Node, happened.Token, (uint)happened.Other) is { } wrong)
            Violate(moment, wrong);
    }

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        if (phase != WorldPhase.End)
            return;
        var cluster = World.Cluster!;
        var nodes = new NodeSight[cluster.Nodes.Length];
        for (var node = 0; node < nodes.Length; node++)
            nodes[node] = SightOf(cluster, cluster.Nodes[node]);
        var owners = new int[World.Plan.Topology.Vms];
        for (var vm = 0; vm < owners.Length; vm++)
            owners[vm] = cluster.IsDown(vm) ? -1 : cluster.Nodes.Count(node => node.Core is { } core && core.Runs(vm) != 0);
        if (MembershipRules.Settled(nodes, owners) is { } wrong)
            Violate(moment, FormattableString.Invariant($"{wrong}, {(World.Now - World.HealedAt).TotalSeconds:0.###} s after the heal"));
    }

    private static NodeSight SightOf(SimCluster cluster, SimNode node)
    {
        if (!node.IsAlive || node.Core is not { } core)
            return default;
        var members = 0u;
        foreach (var other in cluster.Nodes)
        {
            // A member of another life is another one.
            if (core[other.Index].IsMember && core[other.Index].Life == other.Life)
                members |= 1u << other.Index;
        }

        return new NodeSight(IsThere: true, members, core.Unreachable);
    }
}
