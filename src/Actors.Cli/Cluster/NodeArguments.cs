namespace Actors.Cli;

/// <summary>The texts of <c>actors node</c>'s options, wherever they come from; null or empty where nothing was said.</summary>
internal sealed record NodeArguments
{
    public string? Roles { get; init; }

    public string? Host { get; init; }

    public string? Bind { get; init; }

    public string? Port { get; init; }

    public IReadOnlyList<string>? Join { get; init; }

    public string? Http { get; init; }

    public string? Profile { get; init; }

    public string? Tls { get; init; }

    public string? Hocon { get; init; }

    public bool? AllowRemote { get; init; }

    /// <summary>This, and where it says nothing, the other.</summary>
    public NodeArguments Or(NodeArguments other) => new()
    {
        Roles = Roles ?? other.Roles,
        Host = Host ?? other.Host,
        Bind = Bind ?? other.Bind,
        Port = Port ?? other.Port,
        Join = Join ?? other.Join,
        Http = Http ?? other.Http,
        Profile = Profile ?? other.Profile,
        Tls = Tls ?? other.Tls,
        Hocon = Hocon ?? other.Hocon,
        AllowRemote = AllowRemote ?? other.AllowRemote,
    };
}
