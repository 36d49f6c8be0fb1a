using System.Reflection;
using System.Text.RegularExpressions;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>docs/path.md names what there is.</summary>
public sealed partial class PathPageTests
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static readonly Type[] _types = [.. new[] { "Actors.Protocol", "Actors.Guest", "Actors.Hypervisor", "Actors.Hsm", "Actors.DeviceModel" }
        .SelectMany(name => Assembly.Load(name).GetTypes())];

    [Fact]
    public void Every_type_and_method_on_the_page_exists()
    {
        var missing = Rows()
            .SelectMany(row => Code().Matches(row[1]).Select(match => match.Groups[1].Value))
            .Where(name => !Exists(name))
            .ToArray();

        Assert.Empty(missing);
    }

    [Fact]
    public void Every_step_of_a_trace_stands_on_the_page_with_the_names_of_its_functions()
    {
        var rows = Rows().ToArray();
        foreach (var hop in Enum.GetValues<PathHop>())
        {
            var names = typeof(PathHop).GetField(hop.ToString())!.GetCustomAttribute<AcrnNameAttribute>()!.Name;
            var described = rows.Where(row => row[2] == hop.ToString()).Select(row => row[0]).ToArray();

            Assert.True(described.Length > 0, $"{hop} is not on the page");
            foreach (var function in Identifier().Matches(names).Select(match => match.Value))
            {
                Assert.True(described.Any(text => text.Contains(function, StringComparison.Ordinal)), $"{hop}: {function} is not on the page");
            }
        }
    }

    private static IEnumerable<string[]> Rows() =>
        from line in File.ReadLines(Path.Combine(RepositoryTree.Root.FullName, "docs", "path.md"))
        where line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| ACRN", StringComparison.Ordinal)
        select line.Trim('|').Split('|', StringSplitOptions.TrimEntries);

    private static bool Exists(string name)
    {
        var parts = name.Split('.');
        return _types.Any(type => type.Name.Split('`')[0] == parts[0]
            && (parts.Length == 1 || type.GetMember(parts[1], Everything).Length > 0 || type.BaseType?.GetMember(parts[1], Everything).Length > 0));
    }

    [GeneratedRegex("`([A-Za-z.]+)`")]
    private static partial Regex Code();

    /// <summary>What looks like a function: lower case with an underscore, as C names are.</summary>
    [GeneratedRegex("[a-z]+(_[a-z]+)+")]
    private static partial Regex Identifier();
}
