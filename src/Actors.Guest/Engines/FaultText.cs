namespace Actors.Guest;

/// <summary>What a person reads about a guest's fault.</summary>
internal static class FaultText
{
    /// <summary>Longest text of a fault.</summary>
    public const int MaxLength = 200;

    /// <summary>One bounded line.</summary>
    public static string Of(Exception error)
    {
        var text = $"{error.GetType().Name}: {error.Message}".ReplaceLineEndings(" ");
        return text.Length <= MaxLength ? text : text[..MaxLength];
    }
}
