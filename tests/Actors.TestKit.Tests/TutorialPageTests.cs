using System.Text.RegularExpressions;

namespace Actors.TestKit.Tests;

/// <summary>What the tutorial shows is what runs.</summary>
public sealed partial class TutorialPageTests
{
    [Fact]
    public void Every_test_of_the_page_is_one_of_ours()
    {
        var code = File.ReadAllText(Path.Combine(Root, "tests", "Actors.TestKit.Tests", "TutorialTests.cs"));
        var ours = Ours().Matches(code).ToDictionary(match => match.Groups[1].Value, match => Plain(match.Groups[2].Value));
        var shown = Shown().Matches(File.ReadAllText(Path.Combine(Root, "docs", "tutorial-testkit.md"))).ToDictionary(match => match.Groups[1].Value, match => Plain(match.Groups[2].Value));

        Assert.Equal(ours.Keys.Order(), shown.Keys.Order());
        Assert.All(shown, page => Assert.Equal(ours[page.Key], page.Value));
    }

    private static string Root
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Actors.sln")))
                folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests don't run inside the repository.");
            return folder;
        }
    }

    /// <summary>Without what differs by indentation.</summary>
    private static string Plain(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex(@"// tutorial: (\w+)\n(.*?)// tutorial: end", RegexOptions.Singleline)]
    private static partial Regex Ours();

    [GeneratedRegex(@"<!-- (\w+) -->\n```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Shown();
}
