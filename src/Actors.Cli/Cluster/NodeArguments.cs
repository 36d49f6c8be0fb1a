namespace Actors.Cli;

/// <summary>The texts of <c>actors node</c>'s options, wherever they come from; null where nothing was said.</summary>
internal sealed record NodeArguments
{
    public Said? Roles { get; init; }

    public Said? Host { get; init; }

    public Said? Bind { get; init; }

    public Said? Port { get; init; }

    public IReadOnlyList<Said>? Join { get; init; }

    public Said? Http { get; init; }

    public Said? Profile { get; init; }

    public Said? Tls { get; init; }

    public Said? Hocon { get; init; }

    public Said? Otlp { get; init; }

    public Said? AllowRemote { get; init; }

    public Said? Json { get; init; }

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
        Otlp = Otlp ?? other.Otlp,
        AllowRemote = AllowRemote ?? other.AllowRemote,
        Json = Json ?? other.Json,
    };
}
