using System.Text.RegularExpressions;

namespace Actors.Scenarios;

/// <summary>docs/architecture.md names every project and every folder of src, and none that is gone; its types and files are there.</summary>
public sealed partial class ArchitecturePageTests
{
    private static readonly string _page = PageCommands.Text("docs/architecture.md");
    private static readonly string _src = Path.Combine(RepositoryTree.Root.FullName, "src");

    public static TheoryData<string> Projects => [.. Names()];

    [Fact]
    public void The_projects_are_those_of_the_tree() => Assert.Equal(Names().Order(StringComparer.Ordinal), Rooms().Select(room => room.Project).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_s_folders_are_those_of_the_tree(string project)
    {
        var there = Directory.GetDirectories(Path.Combine(_src, project))
            .Where(folder => Path.GetFileName(folder) is not ("bin" or "obj") && Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Any())
            .Select(folder => Path.GetFileName(folder)!);

        Assert.Equal(there.Order(StringComparer.Ordinal), Folders(project).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Where_to_start_reading_is_there()
    {
        var missing = Rooms().SelectMany(room => Code().Matches(room.Start).Select(code => Path.Combine(room.Project, code.Groups[1].Value)))
            .Where(path => !Path.Exists(Path.Combine(_src, path)));

        Assert.Empty(missing);
    }

    [Fact]
    public void Every_type_on_the_page_is_declared()
    {
        var declared = new[] { "src", "tests" }
            .SelectMany(RepositoryTree.Entries)
            .OfType<FileInfo>()
            .Where(file => file.Extension == ".cs")
            .SelectMany(file => Declaration().Matches(File.ReadAllText(file.FullName)))
            .Select(match => match.Groups[1].Value)
            .ToHashSet(StringComparer.Ordinal);
        var named = TypeName().Matches(_page).Select(code => code.Groups[1].Value).Distinct().ToList();

        Assert.True(named.Count > 40, "the page hardly names a type: the pattern is wrong");
        Assert.DoesNotContain(named, name => !declared.Contains(name));
    }

    private static IEnumerable<string> Names() => RepositoryTree.Projects("src").Select(project => Path.GetFileNameWithoutExtension(project.Name));

    private static IEnumerable<(string Project, string Start)> Rooms() =>
        from line in _page.Split('\n')
        where line.StartsWith("| `src/", StringComparison.Ordinal)
        let cells = line.Trim('|').Split('|', StringSplitOptions.TrimEntries)
        select (cells[0].Trim('`')["src/".Length..], cells[2]);

    /// <summary>The folders in the rows of the table below the heading that names the project.</summary>
    private static IEnumerable<string> Folders(string project) =>
        from line in _page.Split('\n').SkipWhile(line => line != $"### {project}").Skip(1).TakeWhile(line => !line.StartsWith('#'))
        where line.StartsWith("| `", StringComparison.Ordinal)
        from code in Code().Matches(line.Split('|')[1])
        select code.Groups[1].Value;

    [GeneratedRegex("`([A-Za-z.]+(?:/[A-Za-z.]+)*)/?`")]
    private static partial Regex Code();

    [GeneratedRegex(@"`(I?[A-Z][a-z]+(?:[A-Z][a-z]+)+)(?:\.[A-Za-z.]+)?`")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\b(?:class|record struct|record|struct|interface|enum) ([A-Z]\w+)")]
    private static partial Regex Declaration();
}
