using Actors.Simulation;

namespace Actors.Cli;

/// <summary>Where plans come from: files, and the plans in the box, which lie beside the program.</summary>
internal static class PlanSource
{
    /// <summary>Folder of the plans in the box.</summary>
    public static string Box { get; } = Path.Combine(AppContext.BaseDirectory, "scenarios");

    /// <summary>Files of the plans in the box, by name.</summary>
    public static IReadOnlyList<string> Files => Directory.Exists(Box)
        ? [.. Directory.EnumerateFiles(Box, "*" + PlanFile.Extension, SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Name of the plan of a file in the box.</summary>
    public static string NameOf(string file) => Path.GetFileName(file)[..^PlanFile.Extension.Length];

    /// <summary>The plan that a person means.</summary>
    public static Parsed<Plan> Load(string text)
    {
        var file = text;
        if (!File.Exists(text))
        {
            var files = Files;
            var boxed = files.FirstOrDefault(candidate => NameOf(candidate) == text || Path.GetFileName(candidate) == text);
            if (boxed is null)
            {
                return text.Contains('/', StringComparison.Ordinal) || text.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase)
                    ? new Mistake($"there is no plan file '{text}'")
                    : new Mistake($"there is no plan '{text}'{Spelling.Hint(text, files.Select(NameOf))} (actors chaos list names the plans in the box)");
            }

            file = boxed;
        }

        var reading = PlanFile.Read(file);
        return reading.Plan is { } plan ? plan : Refused(reading);
    }

    /// <summary>The plan inside a choice log.</summary>
    public static Parsed<Plan> Parse(string name, string text)
    {
        var reading = PlanFile.Parse(name, text);
        return reading.Plan is { } plan ? plan : Refused(reading);
    }

    private static Mistake Refused(PlanReading reading)
    {
        var more = reading.Errors.Length - 1;
        return new Mistake(more == 0 ? $"{reading.Errors[0]}" : $"{reading.Errors[0]} (and {more} more mistake{(more == 1 ? "" : "s")})");
    }
}
