namespace Actors.Scenarios;

/// <summary>All packages, made once from what is built, in a folder that goes away with the tests.</summary>
public sealed class PackedFeed : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The folder with the packages: a feed.</summary>
    public string Folder => _folder.File(Path.Combine("artifacts", "packages"));

    /// <summary>The folder that restores put packages in, so that none of ours stays in the user's.</summary>
    private string Cache => _folder.File("cache");

    /// <summary>The environment of a command that restores from this feed: what isn't ours is taken from where it already lies.</summary>
    internal IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>
    {
        ["NUGET_PACKAGES"] = Cache,
        ["RestoreFallbackFolders"] = UsersPackages,
        ["RestoreAdditionalProjectSources"] = Folder,
    };

    private static string UsersPackages =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        foreach (var project in RepositoryTree.Projects("src"))
        {
            var packed = await DotnetProcess.RunAsync(
                "dotnet", RepositoryTree.Root.FullName, new Dictionary<string, string>(), "pack", project.FullName, "--no-build", "-c", BuiltConfiguration(), "-o", Folder, "--nologo", "-v", "quiet");
            Assert.True(packed.Status == 0, packed.OutputText + packed.Error);
        }
    }

    /// <inheritdoc/>
    public Task DisposeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>A folder beside the feed.</summary>
    internal string Beside(string name) => _folder.File(name);

    private static string BuiltConfiguration() => AppContext.BaseDirectory.Split(Path.DirectorySeparatorChar).Contains("Debug") ? "Debug" : "Release";
}
