namespace Actors.Protocol;

/// <summary>
/// What a test puts in the place of a room's own parts, by type. Production never has one. The simulated world uses it to run deliberately wrong variants, which
/// its oracles must catch.
/// </summary>
public abstract class RoomVariants
{
    /// <summary>The variant of a type, or null for the room's own.</summary>
    public abstract T? Find<T>()
        where T : class;
}
