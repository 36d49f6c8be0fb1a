namespace Actors.Simulation;

/// <summary>
/// A random order that an actor's own past decides: who goes on among the ready depends on the seed, on their names and on how many messages each took. So the order
/// among the actors of one VM is the same whatever another VM does, and two runs can be compared.
/// </summary>
internal sealed class IsolatedStrategy(ulong seed) : ScheduleStrategy
{
    /// <inheritdoc/>
    public override int Pick(ReadySet ready, long step)
    {
        var best = 0;
        var least = ulong.MaxValue;
        for (var i = 0; i < ready.Count; i++)
        {
            var actor = ready[i];
            if (actor.PriorityOf != this)
            {
                actor.PriorityOf = this;
                actor.Priority = NameOf(actor);
            }

            var key = TraceHash.Mix(TraceHash.Mix(actor.Priority, (ulong)actor.Taken), seed);
            if (key >= least)
                continue;
            least = key;
            best = i;
        }

        return best;
    }

    private static ulong NameOf(SimActor actor)
    {
        var hash = 0UL;
        foreach (var part in actor.Reference.Path.Elements)
        {
            foreach (var letter in part)
                hash = TraceHash.Mix(hash, letter);
        }

        return hash;
    }
}
