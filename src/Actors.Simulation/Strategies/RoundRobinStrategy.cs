namespace Actors.Simulation;

/// <summary>First come, first served.</summary>
internal sealed class RoundRobinStrategy : ScheduleStrategy
{
    /// <inheritdoc/>
    public override int Pick(ReadySet ready, long step) => 0;
}
