using System.Globalization;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>How a failing run is repeated.</summary>
/// <param name="Failure">The run.</param>
/// <param name="Command">One line that repeats it.</param>
internal sealed record Reproduction(CampaignFailure Failure, string Command)
{
    /// <summary>By its seed and plan.</summary>
    public static Reproduction BySeed(CampaignFailure failure, string plan) => new(failure, string.Create(
        CultureInfo.InvariantCulture, $"actors chaos replay {Seed(failure.Seed)} --plan {ShellWord.Of(plan)}{Flaw(failure.Result.Request.Flaw)}"));

    /// <summary>On real processes: the same faults at the same times, and nothing else is certain.</summary>
    public static Reproduction OnProcesses(CampaignFailure failure, string plan) => new(failure, string.Create(
        CultureInfo.InvariantCulture, $"actors chaos run {ShellWord.Of(plan)} --real --from {Seed(failure.Seed)} --seeds 1"));

    /// <summary>By its choice log.</summary>
    public static Reproduction ByFile(CampaignFailure failure, string file) => new(failure, $"actors chaos replay {ShellWord.Of(file)}");

    /// <summary>The one line about a failure.</summary>
    public string Line(string plan) => $"FAIL {Failure.Violation.Oracle} seed={Seed(Failure.Seed)} plan={ShellWord.Of(plan)} repro: {Command}";

    private static string Seed(ulong seed) => seed.ToString(CultureInfo.InvariantCulture);

    private static string Flaw(string? flaw) => flaw is null ? string.Empty : $" --flaw {flaw}";
}
