using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Actors.Cli;

/// <summary>Options of <c>actors node</c> from a YAML file: the options' names without dashes, one a line; <c>join</c> and <c>roles</c> may be lists.</summary>
internal static class NodeFile
{
    private const int MaxBytes = 64 * 1024;

    /// <summary>What a line can begin with.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["roles", "host", "bind", "port", "join", "http", "profile", "tls", "hocon", "otlp", "allow-remote", "json"];

    /// <summary>Reads a file.</summary>
    public static Parsed<NodeArguments> Read(string path)
    {
        try
        {
            if (!File.Exists(path) && !Directory.Exists(path))
                return new Mistake($"there is no configuration file '{path}'");
            return InputFile.ReadText(path, MaxBytes) is { } text ? Parse(path, text) : new Mistake($"configuration file '{path}' has more than {MaxBytes >> 10} KiB, at most that is read");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return new Mistake($"configuration file '{path}' can't be read: {Refusal.Of(path, refused)}");
        }
    }

    /// <summary>Reads a text.</summary>
    public static Parsed<NodeArguments> Parse(string path, string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException broken)
        {
            return new Mistake($"{path}:{broken.Start.Line}: {broken.Message.TrimEnd('.')}");
        }

        if (stream.Documents.Count == 0)
            return new NodeArguments();
        if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
            return new Mistake($"{path} is no list of 'option: value' lines");

        var values = new Dictionary<string, Said[]>(StringComparer.Ordinal);
        foreach (var (key, value) in root.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? string.Empty;
            if (!Keys.Contains(name))
                return new Mistake($"{path}:{key.Start.Line}: there is no option '{name}'{Spelling.Hint(name, Keys)}");
            if (value is YamlScalarNode scalar)
                values[name] = [SaidBy(name, scalar)];
            else if (name is "join" or "roles" && value is YamlSequenceNode list && list.Children.All(item => item is YamlScalarNode))
                values[name] = [.. list.Children.Select(item => SaidBy(name, (YamlScalarNode)item))];
            else
                return new Mistake($"{path}:{value.Start.Line}: '{name}' takes one value{(name is "join" or "roles" ? " or a list" : string.Empty)}");
        }

        return new NodeArguments
        {
            Roles = values.TryGetValue("roles", out var roles) ? new Said(string.Join(',', roles.Select(role => role.Text)), (roles.FirstOrDefault() ?? SaidBy("roles", root)).Where) : null,
            Host = One("host"),
            Bind = One("bind"),
            Port = One("port"),
            Join = values.GetValueOrDefault("join"),
            Http = One("http"),
            Profile = One("profile"),
            Tls = One("tls"),
            Hocon = One("hocon"),
            Otlp = One("otlp"),
            AllowRemote = Switch("allow-remote"),
            Json = Switch("json"),
        };

        Said? One(string name) => values.GetValueOrDefault(name)?[0];

        // YAML's own words for on and off.
        Said? Switch(string name) => One(name) is { } said ? said with { Text = said.Text switch { "true" => "on", "false" => "off", var other => other } } : null;

        Said SaidBy(string name, YamlNode node) => new((node as YamlScalarNode)?.Value ?? string.Empty, $"{path}:{node.Start.Line}: {name}");
    }
}
