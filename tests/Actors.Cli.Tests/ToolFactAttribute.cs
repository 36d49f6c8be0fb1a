namespace Actors.Cli.Tests;

/// <summary>A test that needs programs of the machine; where one is missing it is skipped, and says which.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] tools)
    {
        if (tools.FirstOrDefault(tool => !IsThere(tool)) is { } missing)
            Skip = $"there is no '{missing}' on this machine";
    }

    private static bool IsThere(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, tool)));
}
