namespace Actors.Cli;

/// <summary>Options whose value is one of a few words.</summary>
internal static class Choice
{
    private static readonly string[] OnOff = ["on", "off"];

    /// <summary>The enum member of that name, in any case.</summary>
    public static Parsed<T> Of<T>(string option, string text)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>();
        var found = Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        return found >= 0 ? Enum.Parse<T>(names[found]) : Wrong(option, text, names);
    }

    /// <summary>on or off.</summary>
    public static Parsed<bool> Switch(string option, string text) => text.ToLowerInvariant() switch
    {
        "on" => true,
        "off" => false,
        _ => Wrong(option, text, OnOff),
    };

    private static Mistake Wrong(string option, string text, string[] words)
    {
        var list = string.Join(", ", words[..^1].Select(word => word.ToLowerInvariant())) + " or " + words[^1].ToLowerInvariant();
        return new Mistake($"{option} is {list}, not '{text}'");
    }
}
