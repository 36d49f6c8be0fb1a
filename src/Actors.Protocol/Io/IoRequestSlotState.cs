namespace Actors.Protocol;

/// <summary>State of a slot of the I/O request page. The numbers are the ABI's: a zeroed page reads as sixteen pending requests.</summary>
public enum IoRequestSlotState : uint
{
    /// <summary>Filled by the hypervisor, waiting for dispatch. Content belongs to the service VM.</summary>
    Pending = 0,

    /// <summary>Finished by the service VM. Content belongs to the hypervisor.</summary>
    Complete = 1,

    /// <summary>A client works on it. Content belongs to the service VM.</summary>
    Processing = 2,

    /// <summary>No request. Content belongs to the hypervisor.</summary>
    Free = 3,
}
