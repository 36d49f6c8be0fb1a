using BenchmarkDotNet.Running;

namespace Actors.Bench;

/// <summary><c>path [--json] [--quick]</c> measures the figures that we publish; anything else is BenchmarkDotNet's.</summary>
internal static class Program
{
    private static void Main(string[] args)
    {
        if (args is not ["path", ..])
        {
            BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
            return;
        }

        var figures = new PathBenchmark(args.Contains("--quick")).Run();
        Console.WriteLine(args.Contains("--json") ? figures.ToJson() : figures.ToText());
    }
}
