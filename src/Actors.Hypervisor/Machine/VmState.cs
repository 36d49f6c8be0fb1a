namespace Actors.Hypervisor;

/// <summary>States of a VM in the hypervisor (acrn-io-path 9.1). There is no way back from PAUSED to RUNNING.</summary>
internal enum VmState : byte
{
    /// <summary>Gone, or not made.</summary>
    PoweredOff,

    /// <summary>Made or reset; no vCPU has run in this epoch.</summary>
    Created,

    /// <summary>Its boot processor runs.</summary>
    Running,

    /// <summary>vCPUs were told to stop and haven't all said so. Nothing reaches the guest any more.</summary>
    Pausing,

    /// <summary>No vCPU will do anything in this epoch.</summary>
    Paused,
}
