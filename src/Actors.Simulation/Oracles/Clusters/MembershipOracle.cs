namespace Actors.Simulation;

/// <summary>L5: in the end the nodes agree, and each VM has one owner.</summary>
internal sealed class MembershipOracle : Oracle
{
    /// <inheritdoc/>
    public override string Id => "L5";

    /// <inheritdoc/>
    public override string Statement => "Within T4 after the heal every node is a member of the one cluster, all know so, and every VM that has not ended runs on exactly one of them.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.None;

    /// <inheritdoc/>
    public override bool Applies(Plan plan) => plan.Topology.Nodes > 1;

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
