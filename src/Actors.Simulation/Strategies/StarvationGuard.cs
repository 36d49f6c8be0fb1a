namespace Actors.Simulation;

/// <summary>
/// Keeps an unfair strategy from letting an actor wait for ever while others keep themselves busy, as a polling vCPU does: then nothing would happen in the safety phase
/// any more, and the seed would be wasted. Whoever has been ready for so many steps goes on, the longest waiting first; that is far beyond what any bug of a small
/// depth needs. (In the liveness phase scheduling is random, so it is fair by itself.)
/// </summary>
internal sealed class StarvationGuard(ScheduleStrategy strategy) : ScheduleStrategy
{
    /// <summary>Steps that an actor waits at most, each time it is ready.</summary>
    public const int Patience = 2048;

    /// <inheritdoc/>
    public override int Pick(ReadySet ready, long step)
    {
        // The set is in the order of becoming ready: the first has waited longest. It gets a new priority: the one it had keeps it waiting.
        if (step - ready[0].ReadySince <= Patience)
            return strategy.Pick(ready, step);
        ready[0].PriorityOf = null;
        return 0;
    }
}
