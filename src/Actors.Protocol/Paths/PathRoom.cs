namespace Actors.Protocol;

/// <summary>Who takes a step: the lanes of a picture.</summary>
public enum PathRoom : byte
{
    /// <summary>Whoever takes steps of this hop.</summary>
    AsTheHopSays,

    /// <summary>A vCPU.</summary>
    Guest,

    /// <summary>The VM's hypervisor actor.</summary>
    Hypervisor,

    /// <summary>The VM's HSM actor.</summary>
    Hsm,

    /// <summary>The VM's device model.</summary>
    DeviceModel,

    /// <summary>A device.</summary>
    Device,

    /// <summary>A port of a device.</summary>
    Port,
}
