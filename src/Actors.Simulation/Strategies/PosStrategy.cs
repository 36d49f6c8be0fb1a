namespace Actors.Simulation;

/// <summary>
/// Partial order sampling: each message has a random priority, drawn when it comes to the head of its mailbox, and the highest goes on. Every partial order of a
/// run has a fair chance, where a random walk hardly ever delays one actor for long. What races with the message that was taken draws anew: messages for the
/// same actor come one by one anyway, so those are the ones behind it.
/// </summary>
internal sealed class PosStrategy(Prng random) : ScheduleStrategy
{
    /// <inheritdoc/>
    public override int Pick(ReadySet ready, long step)
    {
        var highest = 0;
        for (var i = 0; i < ready.Count; i++)
        {
            var actor = ready[i];
            if (actor.PriorityOf != this)
            {
                actor.PriorityOf = this;
                actor.Priority = random.Next();
            }

            if (actor.Priority > ready[highest].Priority)
                highest = i;
        }

        // The message that comes after this one draws its own.
        ready[highest].PriorityOf = null;
        return highest;
    }
}
