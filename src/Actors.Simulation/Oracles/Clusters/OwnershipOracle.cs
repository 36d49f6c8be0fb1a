namespace Actors.Simulation;

/// <summary>I20, ownership: of a VM's incarnations one at a time has effects, and each has a right of its own to.</summary>
internal sealed class OwnershipOracle : Oracle
{
    private OwnershipRules _rules = null!;
    private bool _mayDouble;

    /// <inheritdoc/>
    public override string Id => "I20";

    /// <inheritdoc/>
    public override string Statement =>
        "A majority of nodes grants each token, and no two incarnations of a VM have the same; once one has had an effect on any backend, none with a lower token has, and none before it; and a VM that is handed over in order has stopped where it was.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Backend | WorldInterest.Cluster | WorldInterest.Fault;

    /// <inheritdoc/>
    public override bool Applies(Plan plan) => plan.Topology.Nodes > 1;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _rules = new OwnershipRules(world.Plan.Topology.Vms);
    }

    /// <inheritdoc/>
    public override void OnFault(in Moment moment, in FaultEvent fault) =>
        _mayDouble |= (uint)fault.Rule < (uint)World.Plan.Faults.Length && World.Plan.Faults[fault.Rule].Row == "F86";

    /// <inheritdoc/>
    public override void OnCluster(in Moment moment, in ClusterEvent happened)
    {
        var (vm, node) = (happened.Vm, happened.Node);
        switch (happened.Kind)
        {
            case ClusterEventKind.MachineBegun:
                Judge(moment, _rules.Begun(vm, happened.Machine, node, happened.Token, out _));
                break;
            case ClusterEventKind.TokenGranted:
                Judge(moment, OwnershipRules.Granted(vm, node, happened.Token, (uint)happened.Other, World.Plan.Topology.Nodes));
                break;
            case ClusterEventKind.MachineStopped when happened.Machine >= 0:
                _rules.Stopped(vm, happened.Machine);
                break;
            case ClusterEventKind.Released when happened.Machine >= 0 && !_mayDouble:
                Judge(moment, _rules.GivenAway(vm, happened.Machine, node));
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
    {
        if (happened.Kind is not (BackendEventKind.Accepted or BackendEventKind.Given or BackendEventKind.Opened))
            return;

        // A machine with a higher token goes on with the lower one where it had been admitted with that.
        var (cluster, machine) = (World.Cluster!, happened.Vm.Value);
        Judge(moment, _rules.Acted(cluster.VmOf(machine), machine, Math.Max(happened.Token, cluster.FenceOf(machine))));
    }

    private void Judge(in Moment moment, string? wrong)
    {
        if (wrong is not null)
            Violate(moment, wrong);
    }
}
