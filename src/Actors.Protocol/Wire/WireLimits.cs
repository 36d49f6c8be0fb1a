namespace Actors.Protocol;

/// <summary>Bounds of what crosses between nodes.</summary>
public static class WireLimits
{
    /// <summary>Largest message. The largest honest one, 32 devices of 16 ports with long names and paths, is about half of it.</summary>
    public const int MaxMessageBytes = 1024 * 1024;

    /// <summary>Longest run of plain bytes in a message.</summary>
    public const int MaxRunBytes = 256 * 1024;

    /// <summary>Longest path of an actor.</summary>
    public const int MaxActorPathBytes = 4096;
}
