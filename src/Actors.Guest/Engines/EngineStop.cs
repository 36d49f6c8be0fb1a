using Actors.Protocol;

namespace Actors.Guest;

/// <summary>Why an engine stopped.</summary>
internal enum EngineStopKind : byte
{
    /// <summary>It runs no more: its program ended, or faulted.</summary>
    Ended,

    /// <summary>An access that it can't finish by itself. It goes on after <see cref="IVcpuEngine.Complete"/>.</summary>
    Exit,

    /// <summary>Its time slice is over. It goes on when it is run again.</summary>
    TimeSlice,

    /// <summary>It waits for an interrupt. It goes on when it is run after <see cref="IVcpuEngine.Interrupt"/>.</summary>
    Idle,
}

/// <summary>An engine's stop.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Access">The access of an exit.</param>
/// <param name="Fault">What ended it badly, one line; else null.</param>
/// <param name="TookInterrupts">Its guest took vectors: <see cref="IVcpuEngine.TryTakeTaken"/> says which.</param>
internal readonly record struct EngineStop(EngineStopKind Kind, IoAccess Access = default, string? Fault = null, bool TookInterrupts = false);
