using System.Globalization;
using System.Text;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>A seed failed. The message says which, why, and with which one line it is replayed.</summary>
public sealed class SimFailureException : Exception
{
    /// <summary>Most characters of a log that stands in the command itself.</summary>
    private const int MaxPrinted = 4000;

    private static readonly ShrinkLimits Shrinking = new(TimeSpan.FromSeconds(5), 5000);

    /// <summary>Makes one with a message.</summary>
    public SimFailureException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with a message and what led to it.</summary>
    public SimFailureException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>An oracle or a demand of the test was violated; the run is made small first.</summary>
    internal static SimFailureException Of(SimSeeds seeds, RunResult result, Violation violation)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"seed {result.Request.Seed} of '{result.Request.Plan.Name}': {violation.Oracle} at {violation.Moment.Ticks / (double)TimeSpan.TicksPerSecond:0.######} s: {violation.What}\n");
        if (result.Request.Workload is not null)
            return new SimFailureException(text.Append(Replays(null, result.Request.Seed)).ToString());
        var log = ChoiceLog.Of(result, violation);
        if (Shrinker.Shrink(seeds.Host, result, Shrinking, seeds.Clock, violation.Oracle) is { } shrunk)
        {
            log = ChoiceLog.Of(shrunk.Smallest, shrunk.Violation);
            foreach (var sentence in shrunk.Sentences)
                text.Append("  ").Append(sentence).Append('\n');
        }

        return new SimFailureException(text.Append(Replays(log, result.Request.Seed)).ToString());
    }

    /// <summary>An assertion of the test failed after the run.</summary>
    internal static SimFailureException Of(RunResult result, Exception failure)
    {
        var violation = new Violation("test", failure.Message.ReplaceLineEndings(" "), default);
        return new SimFailureException(
            string.Create(CultureInfo.InvariantCulture, $"seed {result.Request.Seed} of '{result.Request.Plan.Name}': {failure.Message}\n{Replays(result.Request.Workload is null ? ChoiceLog.Of(result, violation) : null, result.Request.Seed)}"),
            failure);
    }

    private static string Replays(ChoiceLog? log, ulong seed)
    {
        if (log is null)
            return string.Create(CultureInfo.InvariantCulture, $"replay: {SimSeeds.SeedVariable}={seed} dotnet test");
        var source = log.ToPrintable();
        if (source.Length > MaxPrinted)
        {
            var file = TestSurroundings.OfProcess.Files.Write(string.Create(CultureInfo.InvariantCulture, $"{log.PlanName}-{seed}"), ".choices.bin", name => File.WriteAllBytes(name, log.ToBytes()), out var problem);
            if (file is null)
                return string.Create(CultureInfo.InvariantCulture, $"replay: {SimSeeds.SeedVariable}={seed} dotnet test\nthe log is missing: {problem}");
            source = ShellWord.Of(file);
        }

        return string.Create(CultureInfo.InvariantCulture, $"replay: actors chaos replay {source}\nor here: {SimSeeds.SeedVariable}={seed} dotnet test");
    }
}
