using System.Text.RegularExpressions;

namespace Actors.Scenarios;

/// <summary>The commands that the pages print: the lines of their command blocks, and code spans of docs/specification.md, where a command stands beside the promise that it shows.</summary>
internal static partial class PageCommands
{
    private const string Specification = "docs/specification.md";

    /// <summary>The pages that people read, relative to the top folder.</summary>
    public static IReadOnlyList<string> Pages { get; } = [.. Existing().Order(StringComparer.Ordinal)];

    /// <summary>The text of a page.</summary>
    public static string Text(string page) => File.ReadAllText(Path.Combine(RepositoryTree.Root.FullName, page));

    /// <summary>The commands on a page of the tree, each once, without the remark behind it.</summary>
    public static IReadOnlyList<string> On(string page) => [.. In(Text(page), spans: page == Specification).Distinct()];

    /// <summary>The commands in a page's text.</summary>
    /// <param name="text">Markdown.</param>
    /// <param name="spans">Whether code spans count as well.</param>
    public static IEnumerable<string> In(string text, bool spans)
    {
        var prose = new List<string>();
        foreach (var block in Blocks(text, prose))
        {
            if (block.Language is not ("" or "sh" or "bash" or "console") || !block.Lines.Any(IsCommand))
                continue;

            foreach (var line in block.Lines.Where(line => line.Trim().Length > 0))
                yield return Remark().Replace(line.Trim(), "");
        }

        if (!spans)
            yield break;

        foreach (var command in prose.SelectMany(line => Span().Matches(line)).Select(span => span.Groups[1].Value.Replace("\\|", "|", StringComparison.Ordinal)).Where(IsCommand))
            yield return command;
    }

    /// <summary>The block of a page in a language (yaml, csharp) that has this line.</summary>
    public static string Block(string page, string language, string line) =>
        Blocks(Text(page), []).Where(block => block.Language == language && block.Lines.Contains(line)).Select(block => string.Join('\n', block.Lines) + "\n").SingleOrDefault()
        ?? throw new InvalidOperationException($"{page} has not exactly one {language} block with the line '{line}'.");

    /// <summary>Whether a line begins with a program, and not with what a program says. A line with only a program's name is one of those.</summary>
    private static bool IsCommand(string line) => Program().IsMatch(line.Trim());

    private static IEnumerable<(string Language, List<string> Lines)> Blocks(string text, List<string> prose)
    {
        (string Language, List<string> Lines)? open = null;
        foreach (var line in text.Split('\n'))
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                if (open is { } closed)
                    yield return closed;
                open = open is null ? (line.Trim().Trim('`'), []) : null;
            }
            else if (open is { } block)
            {
                block.Lines.Add(line);
            }
            else if (line.StartsWith("    ", StringComparison.Ordinal) && IsCommand(line))
            {
                yield return ("", [line]);
            }
            else
            {
                prose.Add(line);
            }
        }
    }

    private static IEnumerable<string> Existing()
    {
        yield return "README.md";
        foreach (var folder in (string[])["docs", "deploy", "samples"])
        {
            var path = Path.Combine(RepositoryTree.Root.FullName, folder);
            foreach (var file in Directory.Exists(path) ? Directory.GetFiles(path, "*.md") : [])
                yield return $"{folder}/{Path.GetFileName(file)}";
        }
    }

    [GeneratedRegex(@"^([A-Z_]+=\S+ )*((actors|out/actors|tools/actors|dotnet|seq|yes|socat|curl|kubectl|podman|mkdir|sed|grep|for|cd|cp|cat|git|kill -[A-Z]+)|(build|deploy|samples)/[a-z/-]+\.sh)\s+\S|^(build|deploy|samples)/[a-z/-]+\.sh$")]
    private static partial Regex Program();

    /// <summary>Two spaces and more end a command, and so does a space before #.</summary>
    [GeneratedRegex(@"(\s{2,}| #).*$")]
    private static partial Regex Remark();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Span();
}
