namespace Actors.Cluster;

/// <summary>How far an owner is.</summary>
internal enum VmOwnerState : byte
{
    /// <summary>It knows nothing of the VM.</summary>
    Empty,

    /// <summary>It waits for a token.</summary>
    Fencing,

    /// <summary>The machine is being made.</summary>
    Launching,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It is being ended.</summary>
    Ending,

    /// <summary>It has ended, or was refused, and other nodes haven't all said that they know: nobody is told yet.</summary>
    Closing,

    /// <summary>It has ended, and the observer hasn't said that it knows.</summary>
    Ended,

    /// <summary>Nothing is left.</summary>
    Left,
}
