namespace Actors.Protocol;

/// <summary>Hyperion's type bytes, the few that occur in a closed list of types.</summary>
internal static class WireManifest
{
    /// <summary>NullSerializer.</summary>
    public const byte Null = 0;

    /// <summary>StringSerializer.</summary>
    public const byte String = 7;

    /// <summary>A known type: its number follows in two bytes.</summary>
    public const byte Numbered = 254;
}
