using BenchmarkDotNet.Running;

namespace Actors.Bench;

/// <summary><c>path</c>, <c>links</c>, <c>worlds</c>, <c>scale</c>, <c>nodes</c> and <c>split</c>, each with <c>[--json] [--quick]</c>, measure the figures that we publish; anything else is BenchmarkDotNet's.</summary>
internal static class Program
{
    private static void Main(string[] args)
    {
        var quick = args.Contains("--quick");
        var json = args.Contains("--json");
        switch (args)
        {
            case ["path", ..]:
                var path = new PathBenchmark(quick).Run();
                Console.WriteLine(json ? path.ToJson() : path.ToText());
                break;
            case ["links", ..]:
                var links = new LinkBenchmark(quick).Run();
                Console.WriteLine(json ? links.ToJson() : links.ToText());
                break;
            case ["worlds", ..]:
                var worlds = new WorldBenchmark(quick).Run();
                Console.WriteLine(json ? worlds.ToJson() : worlds.ToText());
                break;
            case ["scale", ..]:
                var scale = new ScaleBenchmark(quick).Run();
                Console.WriteLine(json ? scale.ToJson() : scale.ToText());
                break;
            case ["nodes", ..]:
                var nodes = new NodesBenchmark(quick).Run();
                Console.WriteLine(json ? nodes.ToJson() : nodes.ToText());
                break;
            case ["split", ..]:
                var split = new SplitBenchmark(quick).Run();
                Console.WriteLine(json ? split.ToJson() : split.ToText());
                break;
            default:
                BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
                break;
        }
    }
}
