using Actors.Simulation;

namespace Actors.Cli;

/// <summary>Where plans come from: files, and the plans in the box.</summary>
internal static class PlanSource
{
    /// <summary>The plan that a person means: a file, else a plan in the box by its name, with or without the end of plan files.</summary>
    public static Parsed<Plan> Load(string text)
    {
        if (File.Exists(text))
            return Of(PlanFile.Read(text));
        if (Directory.Exists(text))
            return new Mistake($"'{text}' is a directory, a plan is a file (*{PlanFile.Extension}) or a name (actors chaos list names the plans in the box)");
        var name = text.EndsWith(PlanFile.Extension, StringComparison.Ordinal) ? text[..^PlanFile.Extension.Length] : text;
        if (ShippedPlans.Names.Contains(name))
            return Of(ShippedPlans.Read(name));
        return text.Contains('/', StringComparison.Ordinal) || text.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase)
            ? new Mistake($"there is no plan file '{text}', name one that is there or a plan in the box (actors chaos list names them)")
            : new Mistake($"there is no plan '{text}'{Spelling.Hint(text, ShippedPlans.Names)} (actors chaos list names the plans in the box)");
    }

    /// <summary>The plan inside a choice log.</summary>
    public static Parsed<Plan> Parse(string name, string text) => Of(PlanFile.Parse(name, text));

    private static Parsed<Plan> Of(PlanReading reading)
    {
        if (reading.Plan is { } plan)
            return plan;
        return Mistake.Of([.. reading.Errors.Select(error => error.ToString())]);
    }
}
