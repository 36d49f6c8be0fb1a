namespace Actors.Cli;

/// <summary>Options of <c>actors node</c> from the environment: <c>ACTORS_</c> and the option's name. An empty variable says nothing.</summary>
internal static class NodeEnvironment
{
    public const string Prefix = "ACTORS_";

    /// <summary>Variables that are looked at, each the option of that name.</summary>
    public static IReadOnlyList<string> Names { get; } = ["ROLES", "HOST", "BIND", "PORT", "JOIN", "HTTP", "PROFILE", "TLS", "HOCON", "ALLOW_REMOTE", "CONFIG"];

    /// <param name="variable">Finds a variable.</param>
    public static Parsed<NodeArguments> Read(Func<string, string?> variable)
    {
        bool? allowRemote = null;
        if (Get("ALLOW_REMOTE") is { } text)
        {
            if (!Choice.Switch($"{Prefix}ALLOW_REMOTE", text).TryGet(out var on, out var mistake))
                return mistake;
            allowRemote = on;
        }

        return new NodeArguments
        {
            Roles = Get("ROLES"),
            Host = Get("HOST"),
            Bind = Get("BIND"),
            Port = Get("PORT"),
            Join = Get("JOIN")?.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Http = Get("HTTP"),
            Profile = Get("PROFILE"),
            Tls = Get("TLS"),
            Hocon = Get("HOCON"),
            AllowRemote = allowRemote,
        };

        string? Get(string name) => variable(Prefix + name) is { Length: > 0 } value ? value : null;
    }
}
