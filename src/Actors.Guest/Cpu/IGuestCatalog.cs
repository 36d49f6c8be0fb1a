using Actors.Protocol;

namespace Actors.Guest;

/// <summary>The programmed guests there are, by name.</summary>
public interface IGuestCatalog
{
    /// <summary>Null, or one clear sentence about what is wrong with the guest's name or arguments.</summary>
    string? Validate(GuestSpec guest);

    /// <summary>A new instance, for one vCPU. Only called with what <see cref="Validate"/> found right.</summary>
    GuestProgram Create(GuestSpec guest);
}
