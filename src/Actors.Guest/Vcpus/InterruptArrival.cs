namespace Actors.Guest;

/// <summary>What an offer of a vector is to the vCPU it comes to.</summary>
internal enum InterruptArrival : byte
{
    /// <summary>Too late, too often, or for another epoch.</summary>
    Stale,

    /// <summary>New: its vector is to be made pending.</summary>
    New,

    /// <summary>Pending already: the other side is to hear that it needn't come again.</summary>
    Held,

    /// <summary>Taken already: its acceptance was lost, or is on its way.</summary>
    Taken,
}
