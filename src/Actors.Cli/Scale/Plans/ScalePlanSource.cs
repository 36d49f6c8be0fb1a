namespace Actors.Cli;

/// <summary>Where workload plans come from: files, and the plans in the box, which lie beside the program.</summary>
internal static class ScalePlanSource
{
    /// <summary>How files of plans end.</summary>
    public const string Extension = ".scale.yaml";

    private const int MostBytes = 1 << 20;

    private static readonly string Box = Path.Combine(AppContext.BaseDirectory, "scenarios");

    /// <summary>Names of the plans in the box.</summary>
    public static IReadOnlyList<string> Names => Directory.Exists(Box)
        ? [.. Directory.EnumerateFiles(Box, "*" + Extension).Select(file => Path.GetFileName(file)[..^Extension.Length]).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The plan that a person means: a file, or one of the box.</summary>
    public static Parsed<ScalePlan> Load(string text)
    {
        if (Directory.Exists(text))
            return new Mistake($"'{text}' is a directory, a workload plan is a file (*{Extension}) or a name (in the box: {string.Join(", ", Names)})");

        var file = text;
        if (!File.Exists(file))
        {
            file = Path.Combine(Box, Path.GetFileName(text));
            if (!file.EndsWith(Extension, StringComparison.Ordinal))
                file += Extension;
            if (text.Contains('/', StringComparison.Ordinal) || !File.Exists(file))
            {
                return text.Contains('/', StringComparison.Ordinal) || text.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase)
                    ? new Mistake($"there is no workload plan '{text}', name a file that is there or a plan in the box: {string.Join(", ", Names)}")
                    : new Mistake($"there is no workload plan '{text}'{Spelling.Hint(text, Names)} (in the box: {string.Join(", ", Names)})");
            }
        }

        string? content;
        try
        {
            content = InputFile.ReadText(file, MostBytes);
            if (content is null)
                return new Mistake($"'{text}' is no workload plan, it is larger than 1 MiB");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return new Mistake($"the workload plan '{text}' can't be read: {Refusal.Of(file, refused)}");
        }

        var (plan, errors) = ScalePlanReader.Read(text, content);
        if (plan is not null)
            return plan;
        return Mistake.Of([.. errors.Select(error => error.ToString())]);
    }
}
