using System.Globalization;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>What the environment says to tests: a seed for all, a log for one, where failures go.</summary>
/// <param name="seed">Value of <see cref="SimSeeds.SeedVariable"/>, or null.</param>
/// <param name="replay">Value of <see cref="ChoiceLog.ReplayVariable"/>, or null.</param>
/// <param name="failures">Value of <see cref="FailuresVariable"/>; null: <c>failures</c> beside the tests.</param>
/// <param name="stepLimit">Value of <see cref="StepLimitVariable"/>, or null.</param>
internal sealed class TestSurroundings(string? seed, string? replay, string? failures, string? stepLimit = null)
{
    /// <summary>Variable of the environment that says how long what a simulated world calls may take: a time such as <c>120s</c>, or <c>off</c>.</summary>
    public const string StepLimitVariable = "ACTORS_STEP_LIMIT";

    /// <summary>Variable of the environment that names the folder for what failed tests leave.</summary>
    public const string FailuresVariable = "ACTORS_FAILURES";

    private readonly Lazy<ChoiceLog?> _log = new(() => string.IsNullOrEmpty(replay) ? null : Read(Path.GetFullPath(replay)));

    /// <summary>Of this process.</summary>
    public static TestSurroundings OfProcess { get; } = new(
        Environment.GetEnvironmentVariable(SimSeeds.SeedVariable),
        Environment.GetEnvironmentVariable(ChoiceLog.ReplayVariable),
        Environment.GetEnvironmentVariable(FailuresVariable),
        Environment.GetEnvironmentVariable(StepLimitVariable));

    /// <summary>The one seed to run, or null.</summary>
    public ulong? Seed { get; } = ulong.TryParse(seed, NumberStyles.None, CultureInfo.InvariantCulture, out var only) ? only : null;

    /// <summary>The file that a test is to repeat, or null.</summary>
    public string? Replay => replay;

    /// <summary>Where failures go.</summary>
    public FailureFiles Files { get; } = new(Path.GetFullPath(string.IsNullOrEmpty(failures) ? "failures" : failures, AppContext.BaseDirectory));

    /// <summary>The limit of tests of the kit itself; null: what the environment says.</summary>
    public StepLimit? Limit { get; init; }

    /// <summary>How long what a simulated world calls may take.</summary>
    /// <exception cref="InvalidOperationException">The variable says something else.</exception>
    public StepLimit StepLimit => Limit ?? stepLimit switch
    {
        null or "" => StepLimit.Default,
        "off" => StepLimit.None,
        _ when Quantity.TryTime(stepLimit, out var time) && time > TimeSpan.Zero => new StepLimit(time),
        _ => throw new InvalidOperationException($"{StepLimitVariable} is a time such as 120s, or off, not '{stepLimit}'."),
    };

    /// <summary>The log that a test is to repeat, or null: there is none, or it is another test's.</summary>
    /// <exception cref="InvalidOperationException">The file that is named isn't the log of a test.</exception>
    public ChoiceLog? LogOf(string test) => _log.Value is { } log && log.Test == test ? log : null;

    private static ChoiceLog Read(string file)
    {
        if (!ChoiceLog.TryReadFile(file, out var log, out var problem))
            throw new InvalidOperationException($"{ChoiceLog.ReplayVariable}: '{file}' {problem}.");
        return log!.Test is not null
            ? log
            : throw new InvalidOperationException($"{ChoiceLog.ReplayVariable}: '{file}' isn't the log of a test: actors chaos replay {ShellWord.Of(file)} replays it.");
    }
}
