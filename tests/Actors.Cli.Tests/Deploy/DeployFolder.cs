using YamlDotNet.RepresentationModel;

namespace Actors.Cli.Tests;

/// <summary>The files of deploy/.</summary>
internal static class DeployFolder
{
    public static string Path { get; } = System.IO.Path.Combine(Root(), "deploy");

    public static string Read(string file) => File.ReadAllText(System.IO.Path.Combine(Path, file));

    public static YamlMappingNode Yaml(string file)
    {
        var stream = new YamlStream();

        // Anchors and merge keys are resolved, as compose does.
        stream.Load(new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(new StringReader(Read(file)))));
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    public static string Text(this YamlNode node, string key) => ((YamlScalarNode)node[key]).Value!;

    public static IReadOnlyList<string> Texts(this YamlNode node, string key) => [.. ((YamlSequenceNode)node[key]).Select(item => ((YamlScalarNode)item).Value!)];

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Actors.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No Actors.sln above {AppContext.BaseDirectory}.");
    }
}
