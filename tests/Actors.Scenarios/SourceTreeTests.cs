using System.Text.RegularExpressions;

namespace Actors.Scenarios;

/// <summary>What holds for the tree as a whole: names that say something, and nothing left out of the build.</summary>
public sealed partial class SourceTreeTests
{
    private static readonly string[] Folders = ["src", "tests", "bench"];

    [Fact]
    public void No_folder_or_file_is_named_after_nothing_in_particular()
    {
        var vague = Folders.SelectMany(RepositoryTree.Entries).Where(entry => IsVague(entry.Name)).Select(RepositoryTree.Relative);

        Assert.Empty(vague);
    }

    [Theory]
    [InlineData("Utils", true)]
    [InlineData("QueueUtils.cs", true)]
    [InlineData("RingHelpers.Checks.cs", true)]
    [InlineData("Actors.Common", true)]
    [InlineData("VmManager.cs", true)]
    [InlineData("VirtioPciCommonConfig.cs", false)]
    [InlineData("IoRequestPage.cs", false)]
    public void A_vague_name_ends_in_a_word_for_nothing_in_particular(string name, bool vague) => Assert.Equal(vague, IsVague(name));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(RepositoryTree.Root.FullName, RepositoryTree.SolutionFile)).Replace('\\', '/');

        var projects = Folders.SelectMany(RepositoryTree.Projects).Select(RepositoryTree.Relative).ToList();

        Assert.NotEmpty(projects);
        Assert.DoesNotContain(projects, project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal));
    }

    /// <summary>Looks at the last word of each dotted part: "virtio common configuration" is a name, "virtio common" isn't.</summary>
    private static bool IsVague(string name) => name.Split('.').Any(part => VagueEnding().IsMatch(part));

    [GeneratedRegex("(Utils?|Utilit(y|ies)|Helpers?|Common|Managers?)$")]
    private static partial Regex VagueEnding();
}
