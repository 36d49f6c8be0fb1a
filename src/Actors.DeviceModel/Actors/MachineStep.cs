namespace Actors.DeviceModel;

/// <summary>What a VM's actor waits for: acrn-io-path 9.3, one step at a time.</summary>
internal enum MachineStep : byte
{
    /// <summary>CREATE_VM.</summary>
    Create,

    /// <summary>The HSM here, and with it the hypervisor, to take this one for the service side of a VM that is there.</summary>
    Adopt,

    /// <summary>The guest's side, to give the records of devices.</summary>
    ReadRecords,

    /// <summary>CREATE_IOREQ_CLIENT.</summary>
    CreateDefaultClient,

    /// <summary>START_VM.</summary>
    Start,

    /// <summary>For nothing: the guest runs.</summary>
    Running,

    /// <summary>PAUSE_VM, then go on with a reset or the end.</summary>
    Pause,

    /// <summary>CLEAR_VM_IOREQ.</summary>
    ClearIoRequests,

    /// <summary>Devices forget everything.</summary>
    ResetDevices,

    /// <summary>RESET_VM: a new epoch.</summary>
    Reset,

    /// <summary>Devices decode again, in the new epoch.</summary>
    BeginEpoch,

    /// <summary>DESTROY_IOREQ_CLIENT.</summary>
    DestroyDefaultClient,

    /// <summary>Ports flush and close.</summary>
    CloseDevices,

    /// <summary>DESTROY_VM.</summary>
    Destroy,

    /// <summary>For nothing: it is over.</summary>
    Ended,
}
