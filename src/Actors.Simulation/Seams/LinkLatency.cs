namespace Actors.Simulation;

/// <summary>
/// How long messages are under way on links, where a plan's topology says so: its minimum plus an exponential part, drawn for each message. What one actor
/// sends another keeps its order, and its numbers depend on no other pair: so a VM runs the same with and without neighbours.
/// </summary>
internal sealed class LinkLatency(World world, PlanLatency latency)
{
    /// <summary>Purpose of the latency's numbers.</summary>
    private const ulong Purpose = 2;

    private readonly Dictionary<long, Pair> _pairs = [];

    /// <summary>Lets a message arrive when its time has come.</summary>
    public void Travel(int from, int to, Action arrive)
    {
        var key = ((long)from << 32) | (uint)to;
        if (!_pairs.TryGetValue(key, out var pair))
            _pairs.Add(key, pair = new Pair(new Prng(world.Request.Seed, Purpose ^ NumberOf(from) ^ Prng.Mix(NumberOf(to)))));
        var due = world.Now.Ticks + latency.Minimum.Ticks + (long)pair.Random.Exponential(latency.Mean.Ticks);
        pair.Last = Math.Max(due, pair.Last);
        world.At(TimeSpan.FromTicks(pair.Last), arrive);
    }

    /// <summary>From the actor's name: its number depends on what else is there.</summary>
    private ulong NumberOf(int actor)
    {
        var number = 0UL;
        foreach (var letter in world.Trace.ActorName(actor))
            number = TraceHash.Mix(number, letter);
        return number;
    }

    private sealed class Pair(Prng random)
    {
        public Prng Random { get; } = random;

        public long Last { get; set; }
    }
}
