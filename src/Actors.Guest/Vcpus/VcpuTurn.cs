namespace Actors.Guest;

/// <summary>What a vCPU's actor has to do after its core took a message.</summary>
internal enum VcpuTurn : byte
{
    /// <summary>Nothing: wait for the next message.</summary>
    Wait,

    /// <summary>Send <see cref="VcpuCore.Exit"/>.</summary>
    SendExit,

    /// <summary>Send <see cref="VcpuCore.Ended"/>.</summary>
    SendEnded,

    /// <summary>Say that the vCPU runs.</summary>
    SendRuns,

    /// <summary>The time slice is over: let others run, then <see cref="VcpuCore.Continue"/>.</summary>
    Yield,
}

/// <summary>What the periodic look at an outstanding exit found.</summary>
internal enum RepeatTurn : byte
{
    /// <summary>All is well.</summary>
    Wait,

    /// <summary>The exit is unanswered for a whole period: send it again.</summary>
    SendExit,

    /// <summary>Nobody said that the end was heard: send it again.</summary>
    SendEnded,

    /// <summary>Acceptances wait for their confirmation: send them again.</summary>
    SendAcceptances,

    /// <summary>No exit in a whole period: no need to look on.</summary>
    StopLooking,
}
