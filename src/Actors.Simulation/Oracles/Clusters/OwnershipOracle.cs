using System.Numerics;

namespace Actors.Simulation;

/// <summary>I20, ownership: of a VM's incarnations one at a time has effects, and each has a right of its own to.</summary>
internal sealed class OwnershipOracle : Oracle
{
    private ulong[] _acting = [];
    private bool[] _isRunning = [];
    private bool _mayDouble;

    /// <inheritdoc/>
    public override string Id => "I20";

    /// <inheritdoc/>
    public override string Statement =>
        "A majority of nodes grants each token, and no two incarnations of a VM have the same; once one has had an effect on any backend, none with a lower token has; and a VM that is handed over in order has stopped where it was.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Backend | WorldInterest.Cluster | WorldInterest.Fault;

    /// <inheritdoc/>
    public override bool Applies(Plan plan) => plan.Topology.Nodes > 1;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _acting = new ulong[world.Plan.Topology.Vms];
        _isRunning = new bool[world.Plan.Topology.Machines];
    }

    /// <inheritdoc/>
    public override void OnFault(in Moment moment, in FaultEvent fault) =>
        _mayDouble |= (uint)fault.Rule < (uint)World.Plan.Faults.Length && World.Plan.Faults[fault.Rule].Row == "F86";

    /// <inheritdoc/>
    public override void OnCluster(in Moment moment, in ClusterEvent happened)
    {
        switch (happened.Kind)
        {
            case ClusterEventKind.MachineBegun:
                for (var other = happened.Vm * PlanTopology.MaxIncarnations; other < happened.Machine; other++)
                {
                    if (World.Cluster!.TokenOf(other) == happened.Token)
                        Violate(moment, $"VM {happened.Vm}: incarnation vm-{happened.Machine} begins on node {happened.Node} with token {happened.Token}, which vm-{other} has");
                }

                _isRunning[happened.Machine] = true;
                break;
            case ClusterEventKind.TokenGranted when BitOperations.PopCount((uint)happened.Other) * 2 <= World.Plan.Topology.Nodes:
                Violate(moment, $"VM {happened.Vm}: node {happened.Node} took token {happened.Token}, which {BitOperations.PopCount((uint)happened.Other)} of {World.Plan.Topology.Nodes} nodes granted");
                break;
            case ClusterEventKind.MachineStopped when happened.Machine >= 0:
                _isRunning[happened.Machine] = false;
                break;
            case ClusterEventKind.Released when happened.Machine >= 0 && _isRunning[happened.Machine] && !_mayDouble:
                Violate(moment, $"VM {happened.Vm}: node {happened.Node} gave it away, and vm-{happened.Machine} still runs there");
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
    {
        if (happened.Kind is not (BackendEventKind.Accepted or BackendEventKind.Given or BackendEventKind.Opened))
            return;
        var cluster = World.Cluster!;
        ref var acting = ref _acting[cluster.VmOf(happened.Vm.Value)];
        if (happened.Token < acting)
            Violate(moment, $"{happened.Vm} had an effect on port {happened.Port} with token {happened.Token}, after one with token {acting}");
        else
            acting = happened.Token;
    }
}
