namespace Actors.Cli;

/// <summary>The options of <c>actors run</c> as a person wrote them; null or empty where absent.</summary>
internal sealed record RunArguments
{
    public IReadOnlyList<string> Slots { get; init; } = [];

    public string? Memory { get; init; }

    public string? Vcpus { get; init; }

    /// <summary>Name, then arguments.</summary>
    public IReadOnlyList<string> Guest { get; init; } = [];

    public string? Ioeventfd { get; init; }

    public string? Asyncio { get; init; }

    public string? Transport { get; init; }

    public string? Polling { get; init; }

    public IReadOnlyList<string> Policies { get; init; } = [];
}
