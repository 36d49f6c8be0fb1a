using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>
/// The tables of docs/chaos.md and docs/plan-format.md are what the catalogs say. <c>ACTORS_WRITE_DOCS=1</c> writes them anew instead of comparing.
/// </summary>
public sealed partial class ChaosDocumentationTests
{
    private static readonly string Folder = Path.Combine(Root(), "docs");

    [Fact]
    public void The_fault_table_is_the_catalog_s()
    {
        var table = new StringBuilder("| row | do | sites | what goes wrong | select | parameters | threatens |\n|---|---|---|---|---|---|---|\n");
        foreach (var kind in FaultCatalog.All)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {kind.Row} | `{kind.Do}` | {Code(kind.Sites.Length > 6 ? [.. kind.Sites.Take(2), $"... ({kind.Sites.Length} sites)"] : kind.Sites)} | {Cell(kind.Summary)} | ");
            table.Append(kind.Selects == FaultSelects.None ? "-" : kind.Selects.ToString().ToLowerInvariant()).Append(" | ");
            table.Append(kind.Parameters.IsEmpty ? "-" : string.Join("<br>", kind.Parameters.Select(Parameter)));
            table.Append(CultureInfo.InvariantCulture, $" | {string.Join(' ', kind.Threatens)} |\n");
        }

        Compare("chaos.md", "faults", table.ToString());
    }

    [Fact]
    public void The_sites_are_those_of_the_program() => Compare("chaos.md", "sites", string.Create(
        CultureInfo.InvariantCulture,
        $"- Links: {Code(LinkSite.All.Select(site => site.Name))}.\n- Crash points: {Code(CrashSite.All.Select(site => site.Name))}.\n- Others: {Code(FaultSites.All.Except(LinkSite.All.Select(site => site.Name)).Except(CrashSite.All.Select(site => site.Name)))}.\n"));

    [Fact]
    public void The_oracle_table_is_the_catalog_s()
    {
        var table = new StringBuilder("| id | what it demands |\n|---|---|\n");
        foreach (var oracle in OracleCatalog.All.OrderBy(oracle => oracle.Id[0]).ThenBy(oracle => int.Parse(oracle.Id.AsSpan(1), CultureInfo.InvariantCulture)))
            table.Append(CultureInfo.InvariantCulture, $"| {oracle.Id} | {Cell(oracle.Statement)} |\n");

        Compare("chaos.md", "oracles", table.ToString());
    }

    [Fact]
    public void The_workload_table_is_the_catalog_s()
    {
        var table = new StringBuilder("| kind | what it does | options |\n|---|---|---|\n");
        foreach (var workload in WorkloadCatalog.All)
        {
            var options = workload.Options.IsEmpty ? "-" : string.Join("<br>", workload.Options.Select(option => $"`{option.Name}`: {Cell(option.Meaning)}"));
            table.Append(CultureInfo.InvariantCulture, $"| `{workload.Kind}` | {Cell(workload.Summary)} | {options} |\n");
        }

        Compare("plan-format.md", "workloads", table.ToString());
    }

    [Theory]
    [InlineData("zzzzzzzzzz: 1", "a plan")]
    [InlineData("name: x\ntopology: { zzzzzzzzzz: 1 }", "the topology")]
    [InlineData("name: x\ntopology: { nodes: 2, cluster: { zzzzzzzzzz: 1 } }", "the cluster")]
    [InlineData("name: x\ntopology: { devices: [ { zzzzzzzzzz: 1 } ] }", "a device")]
    [InlineData("name: x\nfaults: [ { id: a, row: F01, zzzzzzzzzz: 1 } ]", "a fault")]
    [InlineData("name: x\nfaults: [ { id: a, row: F23, select: { zzzzzzzzzz: 1 } } ]", "a selector")]
    [InlineData("name: x\nbudget: { zzzzzzzzzz: 1 }", "the budget")]
    [InlineData("name: x\nliveness: { zzzzzzzzzz: 1 }", "the liveness part")]
    [InlineData("name: x\nexcept: [ { zzzzzzzzzz: 1 } ]", "an exception")]
    public void Every_key_of_the_reader_is_documented(string text, string what)
    {
        var error = PlanFile.Parse("x", text).Errors.Single(error => error.What.StartsWith($"{what} has no key 'zzzzzzzzzz', the keys are ", StringComparison.Ordinal)).What;
        var page = File.ReadAllText(Path.Combine(Folder, "plan-format.md"));

        Assert.All(
            error[(error.IndexOf("the keys are ", StringComparison.Ordinal) + 13)..].Split([", ", " and "], StringSplitOptions.None),
            key => Assert.Contains($"`{key}`", page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("chaos.md")]
    [InlineData("plan-format.md")]
    public void The_plans_of_the_pages_are_read(string name)
    {
        var plans = YamlBlock().Matches(File.ReadAllText(Path.Combine(Folder, name)));

        Assert.NotEmpty(plans);
        Assert.All(plans, plan => Assert.Empty(PlanFile.Parse(name, plan.Groups[1].Value).Errors));
    }

    [GeneratedRegex("```yaml\n(name:.*?)```", RegexOptions.Singleline)]
    private static partial Regex YamlBlock();

    private static string Parameter(FaultParameter parameter) => parameter.Choices.IsEmpty
        ? $"`{parameter.Name}` ({parameter.Default}): {Cell(parameter.Meaning)}"
        : $"`{parameter.Name}` ({string.Join(", ", parameter.Choices)}): {Cell(parameter.Meaning)}";

    private static string Code(IEnumerable<string> words) => string.Join(", ", words.Select(word => word.StartsWith("...", StringComparison.Ordinal) ? word : $"`{word}`"));

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

    private static void Compare(string name, string part, string expected)
    {
        var file = Path.Combine(Folder, name);
        var page = File.ReadAllText(file);
        var begin = page.IndexOf($"<!-- {part} -->\n", StringComparison.Ordinal) + $"<!-- {part} -->\n".Length;
        var end = page.IndexOf("<!-- end -->", begin, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("ACTORS_WRITE_DOCS") == "1")
        {
            File.WriteAllText(file, string.Concat(page.AsSpan(0, begin), expected, page.AsSpan(end)));
            return;
        }

        Assert.True(page[begin..end] == expected, $"docs/{name} isn't what the catalogs say; run the tests once with ACTORS_WRITE_DOCS=1");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Actors.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("Actors.sln");
    }
}
