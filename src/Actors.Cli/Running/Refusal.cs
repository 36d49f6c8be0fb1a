namespace Actors.Cli;

/// <summary>Why the system takes no file or folder at a path, for a person. What it says itself of something that was to be made is at times that it "could not find" it.</summary>
internal static class Refusal
{
    /// <summary>The reason, as a part of a sentence.</summary>
    /// <param name="path">What was to be made or written.</param>
    /// <param name="refused">What came of it.</param>
    public static string Of(string path, Exception refused) => refused switch
    {
        _ when path.Length == 0 => "an empty name is no name",
        DirectoryNotFoundException or FileNotFoundException when Path.GetDirectoryName(path) is { Length: > 0 } parent =>
            Directory.Exists(parent) ? $"nothing can be made in '{parent}'" : $"the directory '{parent}' doesn't exist",
        UnauthorizedAccessException when Directory.Exists(path) => "it is a directory",
        UnauthorizedAccessException => "permission denied",
        _ => refused.Message.TrimEnd('.').Replace($" : '{Path.GetFullPath(path)}'", "", StringComparison.Ordinal),
    };
}
