namespace Actors.Simulation;

/// <summary>
/// First come, first served, but for a few delays: at so many steps of the run, drawn beforehand, whoever would go on is put behind the next one. Most bugs need
/// no more than two or three; the schedule stays near to what production does, and is short to tell.
/// </summary>
internal sealed class DelayBoundedStrategy : ScheduleStrategy
{
    /// <summary>Most delays of a run.</summary>
    public const int MaxDelays = 6;

    private const int ShortestLog2 = 5;
    private const int LongestLog2 = 12;
    private const int MaxHeldLog2 = 6;

    private readonly Prng _random;
    private readonly long[] _delays;
    private long _decision;
    private int _next;

    public DelayBoundedStrategy(Prng random)
    {
        _random = random;
        _delays = new long[1 + random.Below(MaxDelays)];
        var length = 1 << (ShortestLog2 + random.Below(LongestLog2 - ShortestLog2 + 1));
        for (var i = 0; i < _delays.Length; i++)
            _delays[i] = random.Below(length);
        Array.Sort(_delays);
    }

    /// <inheritdoc/>
    public override int Pick(ReadySet ready, long step)
    {
        var first = First(ready);
        for (; _next < _delays.Length && _delays[_next] <= _decision; _next++)
        {
            var actor = ready[first];
            actor.PriorityOf = this;
            actor.Priority = (ulong)_decision + (1UL << _random.Below(MaxHeldLog2 + 1));
            first = First(ready);
        }

        _decision++;
        return first;
    }

    /// <summary>The first that isn't delayed; where all are, the one whose delay ends first.</summary>
    private int First(ReadySet ready)
    {
        var first = 0;
        var until = ulong.MaxValue;
        for (var i = 0; i < ready.Count; i++)
        {
            var actor = ready[i];
            if (actor.PriorityOf != this || actor.Priority <= (ulong)_decision)
                return i;
            if (actor.Priority >= until)
                continue;
            until = actor.Priority;
            first = i;
        }

        return first;
    }
}
