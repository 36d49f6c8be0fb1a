using System.IO.Compression;
using System.Xml.Linq;

namespace Actors.Scenarios;

/// <summary>What a newcomer gets who has the packages and nothing else of ours.</summary>
public sealed class PackageTests(PackedFeed feed) : IClassFixture<PackedFeed>
{
    [Fact]
    public void Every_project_of_src_is_a_package_with_readme_licence_description_commit_and_symbols()
    {
        Assert.Equal(RepositoryTree.Projects("src").Select(project => Path.GetFileNameWithoutExtension(project.Name)).Order(), Packages().Keys.Order());
        foreach (var (id, file) in Packages())
        {
            using var package = ZipFile.OpenRead(file);
            var metadata = Metadata(package);
            Assert.Equal("Apache-2.0", metadata["license"]);
            Assert.NotNull(package.GetEntry(metadata["readme"]));
            Assert.True(metadata["description"].Length > 40, $"{id} doesn't say what it is");
            Assert.NotEqual("Package Description", metadata["description"]);

            using var symbols = ZipFile.OpenRead(Path.ChangeExtension(file, ".snupkg"));
            Assert.Contains(symbols.Entries, entry => entry.Name.EndsWith(".pdb", StringComparison.Ordinal) && entry.Length > 0);
        }
    }

    [Fact]
    public async Task The_program_installs_as_a_tool_and_its_guest_greets()
    {
        var tools = feed.Beside("tools");
        var installed = await DotnetProcess.RunAsync("dotnet", feed.Folder, feed.Variables, "tool", "install", "Actors.Cli", "--tool-path", tools, "--source", feed.Folder);
        Assert.True(installed.Status == 0, installed.OutputText + installed.Error);

        var program = Path.Combine(tools, OperatingSystem.IsWindows() ? "actors.exe" : "actors");
        var greeted = await DotnetProcess.RunAsync(program, feed.Folder, feed.Variables, "run");

        Assert.Equal((0, ""), (greeted.Status, greeted.Error));
        Assert.StartsWith("Hello from a guest of Actors!", greeted.OutputText, StringComparison.Ordinal);
        var plans = await DotnetProcess.RunAsync(program, feed.Folder, feed.Variables, "chaos", "list", "plans");
        Assert.Contains("device-model-crash", plans.OutputText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_samples_pass_on_nothing_but_the_packages()
    {
        // Beside the feed as in the repository, and away from it: nothing of its build files applies.
        var samples = feed.Beside("samples");
        foreach (var file in RepositoryTree.Entries("samples").OfType<FileInfo>())
        {
            var copy = Path.Combine(samples, Path.GetRelativePath(Path.Combine(RepositoryTree.Root.FullName, "samples"), file.FullName));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            file.CopyTo(copy);
        }

        var ended = await DotnetProcess.RunAsync("dotnet", samples, feed.Variables, "test", "PathScenarios", "-c", "Release", "--nologo", "--logger", "console;verbosity=normal");

        Assert.True(ended.Status == 0, ended.OutputText + ended.Error);
        var scenarios = Directory.EnumerateFiles(Path.Combine(samples, "PathScenarios"), "S*.cs").Select(file => Path.GetFileNameWithoutExtension(file)).Order().ToList();
        Assert.Equal(12, scenarios.Count);
        Assert.All(scenarios, scenario => Assert.Contains($"Passed PathScenarios.{scenario}.", ended.OutputText, StringComparison.Ordinal));
    }

    private Dictionary<string, string> Packages() =>
        Directory.EnumerateFiles(feed.Folder, "*.nupkg").ToDictionary(file =>
        {
            using var package = ZipFile.OpenRead(file);
            return Metadata(package)["id"];
        });

    private static Dictionary<string, string> Metadata(ZipArchive package)
    {
        using var stream = package.Entries.Single(entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream).Root!.Elements().Single(element => element.Name.LocalName == "metadata").Elements()
            .Where(element => !element.HasElements).GroupBy(element => element.Name.LocalName).ToDictionary(group => group.Key, group => group.First().Value);
    }
}
