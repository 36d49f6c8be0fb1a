namespace Actors.Protocol;

/// <summary>Direction of an access, seen from the guest. The numbers are the ABI's.</summary>
public enum IoDirection : byte
{
    /// <summary>The guest reads.</summary>
    Read = 0,

    /// <summary>The guest writes.</summary>
    Write = 1,
}
