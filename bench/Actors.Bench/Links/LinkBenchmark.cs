using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Actors.Cli;

namespace Actors.Bench;

/// <summary>
/// What a link costs where no world stands in between: <c>links [--json] [--quick]</c>. The same chain of bare actors, once with Akka's tell and once with our link, in many short
/// rounds that take turns in one run; the figure is the median of the rounds' ratios.
/// </summary>
internal sealed class LinkBenchmark(bool quick)
{
    private const int Chains = 100;

    private readonly int _rounds = quick ? 21 : 61;
    private readonly int _exits = quick ? 4_000 : 10_000;

    public LinkFigures Run()
    {
        using var gate = new BenchGate(0);
        using var node = Node.Start(new BenchGuests(gate));
        using var tells = new BareChain<TellHop>(node.System, Chains);
        using var links = new BareChain<LinkHop>(node.System, Chains);
        for (var warm = 0; warm < 5; warm++)
        {
            tells.Run(_exits);
            links.Run(_exits);
        }

        List<double> ratios = [];
        List<double> nanoseconds = [];
        for (var round = 0; round < _rounds; round++)
        {
            // Who goes first changes from round to round: what drifts meets both.
            var (first, second) = round % 2 == 0 ? (Cpu(tells.Run), Cpu(links.Run)) : (Cpu(links.Run), Cpu(tells.Run));
            var (tell, link) = round % 2 == 0 ? (first, second) : (second, first);
            ratios.Add(link / tell);
            nanoseconds.Add(tell);
        }

        return new LinkFigures(Median(ratios), Median(nanoseconds), _rounds);
    }

    private double Cpu(Action<int> run) => CpuSpan.Of(() => run(_exits)).CpuSeconds * 1e9 / ((double)Chains * _exits);

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToImmutableArray();
        return sorted[sorted.Length / 2];
    }
}

/// <summary>What <c>links --json</c> prints: CPU of a chain of five messages by links over that by tells, and the latter in nanoseconds.</summary>
internal sealed record LinkFigures(double Ratio, double TellCpuNsPerExit, int Rounds)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string ToJson() => JsonSerializer.Serialize(this, _json);

    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"links over tells, CPU, median of {Rounds} rounds: {Ratio:N3} ({TellCpuNsPerExit:N0} ns an exit of five tells)");
}
