namespace Actors.Simulation;

/// <summary>L8: after the heal nothing is broken on purpose any more.</summary>
internal sealed class ResidueOracle : Oracle
{
    private bool _isHealed;

    /// <inheritdoc/>
    public override string Id => "L8";

    /// <inheritdoc/>
    public override string Statement => "After the heal no fault fires, no link withholds a message, and no override is left.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Fault | WorldInterest.Send;

    /// <inheritdoc/>
    public override void OnFault(in Moment moment, in FaultEvent fault)
    {
        if (_isHealed && fault.Kind == FaultEventKind.Fired)
            Violate(moment, $"rule {fault.Rule} fired at visit {fault.Occurrence}, after the heal");
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        if (_isHealed && !send.IsDelivered && World.Plan.Topology.Latency is null)
            Violate(moment, $"a message of {send.Site?.Name ?? "no link"} to {World.Trace.ActorName(send.To)} was withheld after the heal");
    }

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        _isHealed |= phase == WorldPhase.Liveness;
        if (phase == WorldPhase.End && World.Faults.HasResidue)
            Violate(moment, "something is still broken on purpose at the end");
    }
}
