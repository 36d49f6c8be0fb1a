using System.Globalization;
using System.Text;

namespace Actors.Simulation;

/// <summary>Writes an xunit test that repeats a run.</summary>
internal static class XunitSource
{
    /// <summary>More choices than these are left to the seed.</summary>
    private const int MaxChoices = 200;

    public static string Of(RunResult run, Violation violation)
    {
        var request = run.Request;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"[Fact]\npublic void {Name(request.Plan.Name)}_meets_{Name(violation.Oracle)}()\n{{\n");
        text.Append("    var plan = PlanFile.Parse(\"repro\", \"\"\"\"\n");
        foreach (var line in PlanFile.Write(request.Plan).TrimEnd('\n').Split('\n'))
            text.Append("        ").Append(line).Append('\n');
        text.Append("        \"\"\"\").Plan!;\n    using var host = new SimHost();\n\n");
        text.Append(CultureInfo.InvariantCulture, $"    var result = host.Run(new RunRequest(plan, {request.Seed})");
        var options = Options(run);
        text.Append(options.Count == 0 ? ");\n" : $"\n    {{\n        {string.Join(",\n        ", options)},\n    }});\n");
        return text.Append("\n    Assert.Empty(result.Violations);\n}\n").ToString();
    }

    private static List<string> Options(RunResult run)
    {
        var options = new List<string>();
        if (run.Request.Script is not null && run.Firings.Length + run.Picks.Length <= MaxChoices)
        {
            var firings = string.Join(", ", run.Firings.Select(one => Text($"new({one.Rule}, {one.Occurrence}, {one.A}, {one.B})")));
            var picks = string.Join(", ", run.Picks.Select(one => Text($"new({one.Decision}, {one.Alternatives}, {one.Index})")));
            var bytes = run.Request.Script.WorkloadBytes is { } count ? Text($" {{ WorkloadBytes = {count} }}") : string.Empty;
            options.Add($"Script = new RunScript(ReplayMode.Lenient, [{firings}], [{picks}]){bytes}");
        }

        if (run.Request.Flaw is { } flaw)
            options.Add($"Flaw = \"{flaw}\"");
        return options;
    }

    private static string Name(string text)
    {
        var name = string.Concat(text.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
        return name.Length == 0 || char.IsAsciiDigit(name[0]) ? $"_{name}" : name;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
