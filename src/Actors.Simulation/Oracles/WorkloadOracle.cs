namespace Actors.Simulation;

/// <summary>W1: whatever went wrong, at the end the workload has done what it set out to do.</summary>
internal sealed class WorkloadOracle : Oracle
{
    /// <inheritdoc/>
    public override string Id => "W1";

    /// <inheritdoc/>
    public override string Statement => "After the faults healed, the workload comes to its end within T4.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.None;

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        if (phase == WorldPhase.End && World.Unfinished is { } missing)
            Violate(moment, $"{missing}, {(World.Now - World.HealedAt).TotalSeconds:0.###} s after the heal");
    }
}
