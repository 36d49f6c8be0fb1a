using System.Xml.Linq;

namespace Actors.Scenarios;

/// <summary>The source tree that these tests were built from, as found by walking up to <c>Actors.sln</c>.</summary>
internal static class RepositoryTree
{
    public const string SolutionFile = "Actors.sln";

    private static readonly string[] Built = ["bin", "obj", "TestResults", "BenchmarkDotNet.Artifacts"];

    public static DirectoryInfo Root { get; } = FindRoot();

    /// <summary>The project files of a top folder, such as <c>src</c>, in ordinal order.</summary>
    public static IEnumerable<FileInfo> Projects(string folder) =>
        Entries(folder).OfType<FileInfo>().Where(file => file.Extension == ".csproj").OrderBy(file => file.FullName, StringComparer.Ordinal);

    /// <summary>Every folder and file below a top folder that a person wrote.</summary>
    public static IEnumerable<FileSystemInfo> Entries(string folder)
    {
        var top = new DirectoryInfo(Path.Combine(Root.FullName, folder));
        return top.Exists ? Walk(top) : [];
    }

    /// <summary>The names of the projects that a project file references.</summary>
    public static IEnumerable<string> References(FileInfo project) =>
        XDocument.Load(project.FullName)
            .Descendants("ProjectReference")
            .Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'))
            .Select(path => Path.GetFileNameWithoutExtension(path));

    public static string Relative(FileSystemInfo entry) => Path.GetRelativePath(Root.FullName, entry.FullName).Replace('\\', '/');

    private static IEnumerable<FileSystemInfo> Walk(DirectoryInfo folder)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (Built.Contains(entry.Name))
                continue;

            yield return entry;

            if (entry is not DirectoryInfo inner)
                continue;

            foreach (var below in Walk(inner))
                yield return below;
        }
    }

    private static DirectoryInfo FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, SolutionFile)))
                return folder;
        }

        throw new InvalidOperationException($"No {SolutionFile} above {AppContext.BaseDirectory}.");
    }
}
