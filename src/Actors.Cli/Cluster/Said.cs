namespace Actors.Cli;

/// <summary>A text of a person, and where it stands.</summary>
/// <param name="Text">What was written.</param>
/// <param name="Where">As sentences begin: <c>--port</c>, <c>ACTORS_PORT</c>, <c>node.yaml:3: port</c>.</param>
internal sealed record Said(string Text, string Where)
{
    /// <summary>What a person gave to an option, if they did.</summary>
    public static Said? By(string option, string? text) => text is null ? null : new Said(text, option);

    /// <summary>Parts of it, which stand in the same place.</summary>
    public IEnumerable<Said> Split() => Text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(part => this with { Text = part });
}
