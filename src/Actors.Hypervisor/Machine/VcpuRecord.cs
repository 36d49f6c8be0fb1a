using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>What the hypervisor knows of one vCPU in the current epoch.</summary>
internal struct VcpuRecord
{
    /// <summary>Sequence of its latest exit.</summary>
    public ulong Sequence;

    /// <summary>Value that answered the latest exit.</summary>
    public ulong Value;

    /// <summary>The access of a parked exit.</summary>
    public IoAccess Access;

    /// <summary>Cookie of a parked exit.</summary>
    public ulong Cookie;

    /// <summary>When it was parked, counted: the oldest goes first.</summary>
    public ulong ParkedAt;

    /// <summary>SIPI vector it was started with.</summary>
    public byte StartupVector;

    /// <summary>How the latest exit was answered.</summary>
    public IoOutcome Outcome;

    /// <summary>What its latest exit waits for.</summary>
    public VcpuWait Wait;

    /// <summary>It was told to run.</summary>
    public bool IsStarted;

    /// <summary>It was heard since it was told to run.</summary>
    public bool IsHeard;

    /// <summary>It will send nothing more in this epoch: paused, ended or crashed.</summary>
    public bool IsStopped;
}

/// <summary>What a blocked vCPU waits for.</summary>
internal enum VcpuWait : byte
{
    /// <summary>Not blocked.</summary>
    None,

    /// <summary>Its slot of the I/O request page.</summary>
    Slot,

    /// <summary>Room in the asyncio ring.</summary>
    AsyncioRoom,

    /// <summary>The end of its machine, which it asked for.</summary>
    PowerSwitch,
}
