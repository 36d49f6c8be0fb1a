using System.CommandLine;
using System.Globalization;

namespace Actors.Cli;

/// <summary>Options that several chaos commands have, and how their texts are read.</summary>
internal static class ChaosOptions
{
    /// <summary>Seeds of a campaign when neither a number nor a time is given.</summary>
    public const long DefaultSeeds = 1000;

    private const int MaxJobs = 256;

    public static Option<string> From() => new("--from") { Description = "The first seed. Default: 1", HelpName = "S" };

    public static Option<string> Jobs() => new("--jobs") { Description = "Threads; what is found doesn't depend on it. Default: one a core", HelpName = "J" };

    public static Option<string> Time() => new("--time") { Description = "Wall time, with ms, s, m or h, after which no further seed begins", HelpName = "T" };

    public static Option<bool> Json() => new("--json") { Description = "Prints one JSON object on standard output and nothing else there" };

    public static Option<string> Plan() => new("--plan") { Description = "The plan of the seed: a file, or the name of a plan in the box", HelpName = "PLAN" };

    public static Argument<string> PlanArgument() => new("PLAN") { Description = "A plan: a file (*.chaos.yaml), or the name of one in the box" };

    public static Argument<string> RunArgument() => new("FILE|SEED") { Description = "A choice log (*.choices.bin, or its text chaos1....), or a seed" };

    /// <summary>A seed: decimal or with 0x.</summary>
    public static bool TrySeed(string text, out ulong seed) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out seed)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seed);

    /// <summary>The seed of an option.</summary>
    public static Parsed<ulong> Seed(string option, string? text) => text is null ? 1UL
        : TrySeed(text, out var seed) ? seed
        : new Mistake($"{option} is a seed, a number such as 17 or 0x1f3a, not '{text}'");

    /// <summary>A number of at least 1.</summary>
    public static Parsed<long> Count(string option, string? text, long standard) => text is null ? standard
        : long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var count) && count >= 1 ? count
        : new Mistake($"{option} is a number from 1 on, not '{text}'");

    public static Parsed<int> JobsOf(string? text) => text is null ? Math.Max(1, Environment.ProcessorCount)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var jobs) && jobs is >= 1 and <= MaxJobs ? jobs
        : new Mistake($"--jobs is a number from 1 to {MaxJobs}, not '{text}'");

    public static Parsed<TimeSpan> TimeOf(string text)
    {
        foreach (var (suffix, unit) in new[] { ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1)) })
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
                && count > 0 && count * unit.TotalDays < 365)
            {
                return unit * count;
            }
        }

        return new Mistake($"--time is a time such as 500ms, 30s, 5m or 2h, not '{text}'");
    }

    /// <summary>How a run's script is followed.</summary>
    public static Parsed<ReplayChoice> ModeOf(string? text) => text is null ? ReplayChoice.Strict : Choice.Of<ReplayChoice>("--mode", text);
}

/// <summary>Ways to repeat a run.</summary>
internal enum ReplayChoice
{
    /// <summary>Every choice must fit.</summary>
    Strict,

    /// <summary>What no longer fits is ignored.</summary>
    Lenient,

    /// <summary>All choices are drawn by the seed.</summary>
    Seed,
}
