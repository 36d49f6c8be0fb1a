namespace Actors.Simulation;

/// <summary>
/// How long messages are under way on links, where a plan's topology says so: its minimum plus an exponential part, drawn for each message. What one actor
/// sends another keeps its order.
/// </summary>
internal sealed class LinkLatency(World world, PlanLatency latency)
{
    /// <summary>Purpose of the latency's numbers.</summary>
    private const ulong Purpose = 2;

    private readonly Dictionary<long, long> _last = [];
    private readonly Prng _random = new(world.Request.Seed, Purpose);

    /// <summary>Lets a message arrive when its time has come.</summary>
    public void Travel(int from, int to, Action arrive)
    {
        var pair = ((long)from << 32) | (uint)to;
        var due = world.Now.Ticks + latency.Minimum.Ticks + (long)_random.Exponential(latency.Mean.Ticks);
        due = Math.Max(due, _last.GetValueOrDefault(pair));
        _last[pair] = due;
        world.At(TimeSpan.FromTicks(due), arrive);
    }
}
