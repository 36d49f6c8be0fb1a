namespace Actors.Cli;

/// <summary>Options of <c>actors node</c> from the environment: <c>ACTORS_</c> and the option's name. An empty variable says nothing.</summary>
internal static class NodeEnvironment
{
    public const string Prefix = "ACTORS_";

    /// <summary>Names a file, as <c>--config</c> does.</summary>
    public const string Config = Prefix + "CONFIG";

    /// <summary>Variables that are looked at, each the option of that name.</summary>
    public static IReadOnlyList<string> Names { get; } = ["ROLES", "HOST", "BIND", "PORT", "JOIN", "HTTP", "PROFILE", "TLS", "HOCON", "OTLP", "ALLOW_REMOTE", "JSON", "CONFIG"];

    /// <param name="variable">Finds a variable.</param>
    public static NodeArguments Read(Func<string, string?> variable)
    {
        return new NodeArguments
        {
            Roles = Get("ROLES"),
            Host = Get("HOST"),
            Bind = Get("BIND"),
            Port = Get("PORT"),
            Join = Get("JOIN") is { } join ? [join] : null,
            Http = Get("HTTP"),
            Profile = Get("PROFILE"),
            Tls = Get("TLS"),
            Hocon = Get("HOCON"),
            Otlp = Get("OTLP"),
            AllowRemote = Get("ALLOW_REMOTE"),
            Json = Get("JSON"),
        };

        Said? Get(string name) => variable(Prefix + name) is { Length: > 0 } value ? new Said(value, Prefix + name) : null;
    }
}
