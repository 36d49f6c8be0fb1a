using System.Text.RegularExpressions;

namespace Actors.Scenarios;

/// <summary>The tests in the tree's sources by their full names, for <c>dotnet test</c> with a filter: that it finds some is all that a rehearsal wants, since they run anyway.</summary>
internal static partial class NamedTests
{
    /// <summary>Why a <c>dotnet test</c> of a page would find nothing; null where it finds tests.</summary>
    public static string? Missing(string command)
    {
        var project = Project().Match(command) is { Success: true } match ? match.Value : "tests";
        var folder = Path.Combine(RepositoryTree.Root.FullName, project);
        if (!Directory.Exists(folder))
            return $"there is no folder {project}";

        var wanted = Filter().Match(command) is { Success: true } filter ? filter.Groups[1].Value.Trim('"', '\'').Split('|') : [""];
        var tests = In(folder).ToList();
        return wanted.FirstOrDefault(word => !tests.Any(test => test.Contains(word, StringComparison.OrdinalIgnoreCase))) is { } missing
            ? $"no test in {project} has '{missing}' in its name"
            : null;
    }

    /// <summary>Whether there is a test Class.Method.</summary>
    public static bool Has(string name) => In(Path.Combine(RepositoryTree.Root.FullName, "tests")).Any(test => test.EndsWith("." + name, StringComparison.Ordinal));

    private static IEnumerable<string> In(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal)))
        {
            var text = File.ReadAllText(file);
            var space = Namespace().Match(text).Groups[1].Value;
            var type = "";
            var test = false;
            foreach (var line in text.Split('\n'))
            {
                if (Class().Match(line) is { Success: true } found)
                {
                    type = found.Groups[1].Value;
                }
                else if (TestAttribute().IsMatch(line))
                {
                    test = true;
                }
                else if (test && Method().Match(line) is { Success: true } method)
                {
                    test = false;
                    yield return $"{space}.{type}.{method.Groups[1].Value}";
                }
            }
        }
    }

    [GeneratedRegex(@"(?<= )(tests|samples)(/[\w./-]+)?")]
    private static partial Regex Project();

    [GeneratedRegex("--filter (\"[^\"]+\"|'[^']+'|\\S+)")]
    private static partial Regex Filter();

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^\s*(?:public|internal)?[ \w]*\bclass (\w+)")]
    private static partial Regex Class();

    [GeneratedRegex(@"^\s*\[(\w*(Fact|Theory)|Property)\b")]
    private static partial Regex TestAttribute();

    [GeneratedRegex(@"^\s*public [^=(]*?(\w+)\(")]
    private static partial Regex Method();
}
