namespace Actors.Cli;

/// <summary>Makes a sample of each second.</summary>
internal sealed class ScaleSampler(FleetDriver driver, ScaleTraffic traffic, TestClock clock)
{
    private const long Silence = 2_000_000_000;

    private readonly List<ScaleSample> _samples = [];
    private long[] _exits = driver.Read((_, book) => (long[])book.Latencies.Clone());
    private long[] _lines = traffic.Latencies.Read();
    private long _arrived;
    private long _at = clock.Now;

    /// <summary>All so far.</summary>
    public IReadOnlyList<ScaleSample> Samples => _samples;

    /// <summary>A second is over.</summary>
    public ScaleSample Take()
    {
        var now = clock.Now;
        var seconds = Math.Max(0.001, (now - _at) / 1e9);
        var (up, nodes, exits, memory) = driver.Read((fleet, book) => (fleet.Up, book.Sample(now, seconds), (long[])book.Latencies.Clone(), book.MemoryBytes));
        var lines = traffic.Latencies.Read();
        var arrived = traffic.Arrived;
        var sample = new ScaleSample(
            now / 1e9,
            up,
            nodes.Sum(node => node.ExitsPerSecond),
            (arrived - _arrived) / seconds,
            ScaleLatency.Between(_exits, exits),
            ScaleLatency.Between(_lines, lines),
            traffic.SilentFor(Silence, now),
            memory,
            nodes);
        (_exits, _lines, _arrived, _at) = (exits, lines, arrived, now);
        _samples.Add(sample);
        return sample;
    }
}
