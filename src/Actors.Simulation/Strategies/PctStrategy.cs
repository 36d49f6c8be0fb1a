namespace Actors.Simulation;

/// <summary>
/// Probabilistic concurrency testing: each actor has a random priority, the highest goes on, and at d - 1 steps of the run, drawn beforehand, the highest falls
/// below all others. A bug that needs d events in one order is met with a chance of at least 1/(n k^(d-1)), for n actors and k steps. The depth d, 1 to 5, and the
/// length k over which the steps are spread are drawn for each run: who knows neither does best to try all.
/// </summary>
internal sealed class PctStrategy : ScheduleStrategy
{
    /// <summary>Greatest depth.</summary>
    public const int MaxDepth = 5;

    /// <summary>Priorities of actors are above this, those of actors that fell below.</summary>
    private const ulong Fallen = 1UL << 32;

    /// <summary>Lengths are powers of two between these.</summary>
    private const int ShortestLog2 = 5;
    private const int LongestLog2 = 13;

    private readonly Prng _random;
    private readonly long[] _changes;
    private long _decision;
    private int _next;
    private ulong _lowest = Fallen;

    public PctStrategy(Prng random)
    {
        _random = random;
        var depth = 1 + random.Below(MaxDepth);
        var length = 1 << (ShortestLog2 + random.Below(LongestLog2 - ShortestLog2 + 1));
        _changes = new long[depth - 1];
        for (var i = 0; i < _changes.Length; i++)
            _changes[i] = random.Below(length);
        Array.Sort(_changes);
    }

    /// <inheritdoc/>
    public override int Pick(ReadySet ready, long step)
    {
        var highest = Highest(ready);
        for (; _next < _changes.Length && _changes[_next] <= _decision; _next++)
        {
            ready[highest].Priority = --_lowest;
            highest = Highest(ready);
        }

        _decision++;
        return highest;
    }

    private int Highest(ReadySet ready)
    {
        var highest = 0;
        for (var i = 0; i < ready.Count; i++)
        {
            var actor = ready[i];
            if (actor.PriorityOf != this)
            {
                actor.PriorityOf = this;
                actor.Priority = Fallen + (_random.Next() >> 32);
            }

            if (actor.Priority > ready[highest].Priority)
                highest = i;
        }

        return highest;
    }
}
