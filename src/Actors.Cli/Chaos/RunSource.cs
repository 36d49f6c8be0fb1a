using Actors.Simulation;

namespace Actors.Cli;

/// <summary>The run that a person means by FILE|SEED and --plan: a plan, a seed and, from a choice log, the choices.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Log">The log, or null.</param>
internal sealed record RunSource(Plan Plan, ulong Seed, ChoiceLog? Log)
{
    /// <summary>Most that is said about a text that is neither.</summary>
    private const int MaxShown = 60;

    /// <summary>The flawed variant, or null.</summary>
    public string? Flaw => Log?.Flaw;

    public static Parsed<RunSource> Load(string text, string? plan)
    {
        if (ChoiceLog.IsPrintable(text))
            return ChoiceLog.TryReadPrintable(text, out var printed, out var problem) ? Of(printed!, plan) : new Mistake($"'{Short(text)}' {problem}");
        if (File.Exists(text))
            return ChoiceLog.TryReadFile(text, out var read, out var trouble) ? Of(read!, plan) : new Mistake($"'{text}' {trouble}");
        if (Directory.Exists(text))
            return new Mistake($"'{Short(text)}' is a directory, name a choice log (*.choices.bin) or a seed such as 17");
        if (text.EndsWith(".bin", StringComparison.Ordinal) || text.Contains('/', StringComparison.Ordinal))
            return new Mistake($"there is no choice log '{Short(text)}'");
        if (!ChaosOptions.TrySeed(text, out var seed))
            return new Mistake($"'{Short(text)}' is neither a choice log nor a seed, write a file, its text chaos1.... or a number such as 17");
        if (plan is null)
            return new Mistake($"seed {seed} needs its plan, add --plan PLAN");
        return PlanSource.Load(plan).TryGet(out var loaded, out var mistake) ? new RunSource(loaded, seed, null) : mistake;
    }

    private static Parsed<RunSource> Of(ChoiceLog log, string? plan)
    {
        if (log.Test is { } test)
            return new Mistake($"the log is of the test {test}, and what its body did isn't in it: only {ChoiceLog.ReplayVariable}=FILE dotnet test --filter \"FullyQualifiedName~{test}\" can replay it");
        var loaded = plan is null ? PlanSource.Parse(log.PlanName + PlanFile.Extension, log.PlanText) : PlanSource.Load(plan);
        if (!loaded.TryGet(out var known, out var mistake))
            return mistake;
        if (log.Flaw is { } flaw && FlawCatalog.Find(flaw) is null)
            return new Mistake($"the log is of the flawed variant '{flaw}', which this program doesn't have");
        return new RunSource(known, log.Seed, log);
    }

    private static string Short(string text) => text.Length <= MaxShown ? text : string.Concat(text.AsSpan(0, MaxShown), "...");
}
